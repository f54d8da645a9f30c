"""Networks of one depth as stacked tensors: forward, backward, step, and fewer of them.

First layers lie one below the other, without padding, and take one product with the batch. Later
layers are padded to the widest network: weights, biases and norms of padding are zero, and what
the activation makes of zero is masked, so that padding never counts in a product, a norm or a
penalty, and never gets a gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from torch.nn import functional

from bulkwise.networks.mlp import MLPModule
from bulkwise.training.fleet.dropping import Dropping
from bulkwise.training.fleet.members import Member
from bulkwise.training.fleet.rules import Rates, first_layer_step, fresh, soften, step

__all__ = ["Stack"]

_NORM_EPS, _NORM_MOMENTUM = 1e-5, 0.1  # those of torch's batch norm
_SLOPES: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": lambda z: (z > 0).to(z.dtype),
    "elu": lambda z: torch.where(z > 0, torch.ones_like(z), z.exp()),
    "softplus": torch.sigmoid,
    "tanh": lambda z: 1 - z.tanh().square(),
    "linear": torch.ones_like,
}
_CURVES: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": functional.relu,
    "elu": functional.elu,
    "softplus": functional.softplus,
    "tanh": torch.tanh,
    "linear": lambda z: z,
}


@dataclass(eq=False)
class _Layer:
    """What the way back needs of one hidden layer: networks x samples x units each."""

    before: Tensor  # the activation's input
    keep: Tensor | None  # dropout's mask
    normed: Tensor | None  # before scale and shift
    spread: Tensor | None  # 1 / standard deviation


def _sizes(name: str, whole: Tensor, widths: Sequence[int]) -> tuple[int, ...]:
    """How much of a stacked tensor is one network's, along each axis but the first."""
    if name == "output.weight":
        return whole.shape[1], widths[-1]
    if name == "output.bias":
        return (whole.shape[1],)
    layer = int(name.split(".")[1])
    return (widths[layer], widths[layer - 1])[: whole.ndim - 1]


class Stack:
    """A few networks of one :attr:`Member.kind` and the state of their training.

    Parameters
    ----------
    members
        The networks.
    modules
        Where each starts, as its own module.
    weights
        Networks x classes: the weight of each class in the loss.
    like
        A tensor on the device and in the precision to compute in.
    """

    def __init__(
        self, members: Sequence[Member], modules: Sequence[MLPModule], weights: Tensor, like: Tensor
    ) -> None:
        self.members = list(members)
        self.like = like
        self.weights = weights.to(like)
        self.steps = 0
        net = members[0].network
        self.depth, self.norm, self.residual = len(net.widths), net.batch_norm, net.residual
        self.activation, self.frozen = net.activation, members[0].frozen
        self._dropout = Dropping(members, like)
        self.first, self.values = self._stacked([module.state_dict() for module in modules])
        rule = members[0].training.optimizer
        self._first_state = fresh(rule, self.first)
        self._states = {name: fresh(rule, self.values[name]) for name in self._learned()}

    def __len__(self) -> int:
        return len(self.members)

    # ------------------------------------------------------------------ from and to modules

    def _names(self, layer: int) -> list[str]:
        """Names of a hidden layer's tensors besides its weights."""
        if not self.norm:
            return [f"blocks.{layer}.dense.bias"]
        return [f"blocks.{layer}.norm.{n}" for n in ("weight", "bias")]

    def _learned(self) -> list[str]:
        """Names of the stacked parameters that training changes."""
        names = [name for layer in range(self.frozen, self.depth) for name in self._names(layer)]
        names += [
            f"blocks.{layer}.dense.weight" for layer in range(max(self.frozen, 1), self.depth)
        ]
        return [*names, "output.weight", "output.bias"]

    def _stacked(self, states: Sequence[dict[str, Tensor]]) -> tuple[Tensor, dict[str, Tensor]]:
        first = torch.cat([state["blocks.0.dense.weight"] for state in states]).to(self.like)
        values = {}
        for name, one in states[0].items():
            if name == "blocks.0.dense.weight" or one.ndim == 0:
                continue
            parts = [state[name] for state in states]
            size = [max(part.shape[axis] for part in parts) for axis in range(one.ndim)]
            whole = self.like.new_zeros((len(parts), *size))
            for place, part in zip(whole, parts, strict=True):
                place[tuple(slice(n) for n in part.shape)] = part
            values[name] = whole
        return first, values

    def state(self, number: int) -> dict[str, Tensor]:
        """One network as its module takes it: copies, on the CPU."""
        widths = self.members[number].network.widths
        rows = slice(self.starts[number], self.starts[number] + widths[0])
        taken = {"blocks.0.dense.weight": self.first[rows]}
        for name, whole in self.values.items():
            sizes = _sizes(name, whole, widths)
            taken[name] = whole[number][tuple(slice(size) for size in sizes)]
        if self.norm:
            taken |= {
                f"blocks.{layer}.norm.num_batches_tracked": torch.tensor(self.steps)
                for layer in range(self.depth)
            }
        return {name: value.detach().cpu().clone() for name, value in taken.items()}

    def keep(self, chosen: Sequence[int]) -> None:
        """Go on with some of the networks only; the memory of the others is given back."""
        if len(chosen) == len(self):
            return
        index = torch.tensor(list(chosen), device=self.like.device)
        rows = torch.cat([torch.nonzero(self.owner == i).flatten() for i in index])
        self.first = self.first[rows]
        self._first_state = {key: value[rows] for key, value in self._first_state.items()}
        self.members = [self.members[i] for i in chosen]

        def less(name: str, whole: Tensor) -> Tensor:
            widths = [member.network.widths for member in self.members]
            sizes = [_sizes(name, whole, own) for own in widths]
            return whole[index][:, *(slice(max(size)) for size in zip(*sizes, strict=True))]

        self._states = {
            name: {key: less(name, value) for key, value in state.items()}
            for name, state in self._states.items()
        }
        self.values = {name: less(name, value) for name, value in self.values.items()}
        self.weights = self.weights[index]
        self._dropout.keep(chosen)
        for name in ("starts", "owner", "_places", "_masks", "_rates", "_numbers"):
            self.__dict__.pop(name, None)

    # ------------------------------------------------------------------ what is derived

    @cached_property
    def starts(self) -> list[int]:
        """Where each network's first layer begins among the rows of ``first``."""
        ends = [0]
        for member in self.members:
            ends.append(ends[-1] + member.network.widths[0])
        return ends[:-1]

    @cached_property
    def owner(self) -> Tensor:
        """The network of each row of ``first``."""
        widths = torch.tensor([member.network.widths[0] for member in self.members])
        return torch.repeat_interleave(torch.arange(len(self)), widths).to(self.like.device)

    @cached_property
    def _places(self) -> Tensor | None:
        """Where each row of ``first`` stands in networks x widest, or None without padding."""
        widest = max(member.network.widths[0] for member in self.members)
        if len(self.first) == widest * len(self):
            return None
        own = torch.arange(len(self.first), device=self.like.device)
        start = torch.tensor(self.starts, device=self.like.device)[self.owner]
        return self.owner * widest + own - start

    @cached_property
    def _masks(self) -> list[Tensor | None]:
        """Of each hidden layer: 1 for a unit, 0 for padding (None where nothing need be masked)."""
        masks: list[Tensor | None] = []
        for layer in range(self.depth):
            widths = [member.network.widths[layer] for member in self.members]
            if self.activation != "softplus" or len(set(widths)) == 1:
                masks.append(None)
                continue
            units = torch.arange(max(widths))[None] < torch.tensor(widths)[:, None]
            masks.append(units[:, None].to(self.like))
        return masks

    @cached_property
    def _rates(self) -> dict[str, Rates]:
        """Rates of the first layers and, by name, of the other parameters."""
        trainings = [member.training for member in self.members]
        with_decay, without = (
            Rates.of(trainings, decays=decays, like=self.like) for decays in (True, False)
        )
        every = torch.arange(len(self), device=self.like.device)
        rates = {
            name: (with_decay if self.values[name].ndim > 2 else without).spread(
                every, self.values[name].ndim
            )
            for name in self._learned()
        }
        return {"first": with_decay.spread(self.owner, 2), **rates}

    @cached_property
    def _numbers(self) -> list[tuple[float, float, float, float]]:
        """Coefficients of SGD for each network's first layer, as plain numbers."""
        rates = Rates.of(
            [member.training for member in self.members],
            decays=True,
            like=torch.zeros((), dtype=torch.float64),
        )
        columns = (rates.ahead, rates.carried, rates.decay, rates.forward)
        return list(zip(*(column.tolist() for column in columns), strict=True))

    # ------------------------------------------------------------------ forward

    def logits(self, x: Tensor) -> Tensor:
        """Networks x samples x classes, in evaluation."""
        last, _ = self._hidden(x, training=False)
        return self._output(last)

    def _output(self, hidden: Tensor) -> Tensor:
        weight, bias = self.values["output.weight"], self.values["output.bias"]
        return torch.baddbmm(bias[:, None], hidden, weight.transpose(1, 2))

    def _hidden(self, x: Tensor, *, training: bool) -> tuple[Tensor, list[tuple[Tensor, _Layer]]]:
        """The last hidden layer, and each layer's input and what its way back needs."""
        h, kept = x, []
        for layer in range(self.depth):
            if layer == 0:
                z = self._spread_out(x @ self.first.T)
            else:
                z = torch.bmm(h, self.values[f"blocks.{layer}.dense.weight"].transpose(1, 2))
            out, back = self._block(layer, z, training=training)
            kept.append((h, back))
            h = out + h if layer and self.residual else out
        return h, kept

    def _spread_out(self, flat: Tensor) -> Tensor:
        """Samples x all first units -> networks x samples x widest."""
        n = len(flat)
        if self._places is not None:
            widest = max(member.network.widths[0] for member in self.members)
            whole = flat.new_zeros((n, len(self) * widest))
            flat = whole.index_copy_(1, self._places, flat)
        return flat.view(n, len(self), -1).transpose(0, 1)

    def _gathered(self, spread: Tensor) -> Tensor:
        """The way back of :meth:`_spread_out`."""
        flat = spread.transpose(0, 1).reshape(spread.shape[1], -1)
        return flat if self._places is None else flat.index_select(1, self._places)

    def _block(self, layer: int, z: Tensor, *, training: bool) -> tuple[Tensor, _Layer]:
        normed = spread = keep = None
        if self.norm:
            z, normed, spread = self._normalised(layer, z, training and layer >= self.frozen)
        else:
            z = z + self.values[f"blocks.{layer}.dense.bias"][:, None]
        out = _CURVES[self.activation](z)
        mask = self._masks[layer]
        if mask is not None:
            out = out * mask
        if training:
            keep = self._dropout(layer, out)
            out = out if keep is None else out * keep
        return out, _Layer(z, keep, normed, spread)

    def _normalised(self, layer: int, z: Tensor, own: bool) -> tuple[Tensor, Tensor, Tensor]:
        """Batch norm by the batch's own moments, which are remembered, or by those remembered."""
        name = f"blocks.{layer}.norm"
        weight, shift = self.values[f"{name}.weight"], self.values[f"{name}.bias"]
        means, variances = self.values[f"{name}.running_mean"], self.values[f"{name}.running_var"]
        if own:
            mean = z.mean(dim=1, keepdim=True)
            centred = z - mean
            variance = centred.square().mean(dim=1, keepdim=True)
            n = z.shape[1]
            means.lerp_(mean[:, 0], _NORM_MOMENTUM)
            variances.lerp_(variance[:, 0] * (n / (n - 1)), _NORM_MOMENTUM)
        else:
            centred, variance = z - means[:, None], variances[:, None]
        spread = (variance + _NORM_EPS).rsqrt()
        normed = centred * spread
        return torch.addcmul(shift[:, None], normed, weight[:, None]), normed, spread

    # ------------------------------------------------------------------ a step

    def step(self, x: Tensor, codes: Tensor) -> Tensor:
        """One step on a batch; the sum of the weighted losses of its samples, by network."""
        hidden, kept = self._hidden(x, training=True)
        logits = self._output(hidden)
        log_p = logits.log_softmax(dim=2)
        weight = self.weights[:, codes]
        picked = log_p.gather(2, codes.expand(len(self), -1)[..., None])[..., 0]
        delta = log_p.exp()
        delta.scatter_add_(
            2, codes.expand(len(self), -1)[..., None], -torch.ones_like(delta[..., :1])
        )
        delta *= (weight / len(codes))[..., None]
        self.steps += 1
        self._back(hidden, kept, delta)
        return -(picked * weight).sum(dim=1)

    def _back(self, hidden: Tensor, kept: list[tuple[Tensor, _Layer]], delta: Tensor) -> None:
        output = self.values["output.weight"]
        slope = torch.bmm(delta, output) if self.frozen < self.depth else delta
        gradients = {
            "output.weight": torch.bmm(delta.transpose(1, 2), hidden),
            "output.bias": delta.sum(dim=1),
        }
        first = None
        for layer in range(self.depth - 1, self.frozen - 1, -1):
            before, back = kept[layer]
            inner = self._through(layer, slope, back, gradients)
            if layer == 0:
                first = inner
                break
            name = f"blocks.{layer}.dense.weight"
            gradients[name] = torch.bmm(inner.transpose(1, 2), before)
            if layer > self.frozen:
                below = torch.bmm(inner, self.values[name])
                slope = below + slope if self.residual else below
        for name, gradient in gradients.items():
            step(self.values[name], gradient, self._states[name], self._rates[name], self.steps)
        if first is not None:
            self._first_step(kept[0][0], self._gathered(first))

    def _through(
        self, layer: int, slope: Tensor, back: _Layer, gradients: dict[str, Tensor]
    ) -> Tensor:
        """Back through dropout, activation and norm; notes the gradients of scale and shift."""
        inner = slope * _SLOPES[self.activation](back.before)
        mask = self._masks[layer]
        if mask is not None:
            inner = inner * mask
        if back.keep is not None:
            inner = inner * back.keep
        if back.normed is None or back.spread is None:
            gradients[f"blocks.{layer}.dense.bias"] = inner.sum(dim=1)
            return inner
        name = f"blocks.{layer}.norm"
        shift, scale = inner.sum(dim=1), (inner * back.normed).sum(dim=1)
        n = inner.shape[1]
        weight = self.values[f"{name}.weight"][:, None]
        inner = inner - torch.addcmul(shift[:, None], back.normed, scale[:, None]) / n
        inner = inner * (weight * back.spread)
        gradients[f"{name}.bias"], gradients[f"{name}.weight"] = shift, scale
        return inner

    def _first_step(self, x: Tensor, delta: Tensor) -> None:
        rates, state = self._rates["first"], self._first_state
        if rates.rule == "sgd" and self.like.device.type == "cpu":
            sizes = [member.network.widths[0] for member in self.members]
            parts = [
                torch.split(whole, sizes) for whole in (self.first, state["velocity"], delta.T)
            ]
            first_layer_step(list(zip(*parts, strict=True)), x, self._numbers)
        else:
            step(self.first, delta.T @ x, state, rates, self.steps)
        if any(member.training.l1 for member in self.members):
            soften(self.first, state, rates, self.steps)
