"""Targets by way of a code."""

from __future__ import annotations

import torch

from bulkwise.networks import EncodedTargets


def test_the_loss_has_three_parts():
    generator = torch.Generator().manual_seed(0)
    settings = EncodedTargets(
        widths=(4,), code=3, encoder_widths=(5,), dropout=0.0, reconstruction=2.0, agreement=3.0
    )
    module = settings.build(6, 7, generator)
    x, y = torch.randn(8, 6, generator=generator), torch.randn(8, 7, generator=generator)
    code = module.encoder(y)
    parts = (
        (module(x) - y).square().sum(dim=1).mean(),
        2 * (module.decoder(code) - y).square().sum(dim=1).mean(),
        3 * (module.predictor(x) - code).square().sum(dim=1).mean(),
    )
    torch.testing.assert_close(module.loss(x, y), sum(parts))
    assert module.first.weight.shape == (4, 6)
    assert code.shape == (8, 3)


def test_the_decoder_mirrors_the_encoder():
    module = EncodedTargets(encoder_widths=(30, 20), code=5).build(10, 50)
    sizes = [layer.out_features for layer in module.decoder if hasattr(layer, "out_features")]
    assert sizes == [20, 30, 50]
