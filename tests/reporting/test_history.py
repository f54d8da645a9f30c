from __future__ import annotations

from collections.abc import Callable

from bulkwise.evaluation.results import Evaluation
from bulkwise.reporting.base import Figure
from bulkwise.reporting.history import history

Make = Callable[..., Evaluation]


def only(result: Evaluation) -> Figure:
    (figure,) = history(result).blocks
    assert isinstance(figure, Figure)
    return figure


def test_each_fit_has_two_lines_and_the_epoch_that_was_kept(made: Make) -> None:
    figure = only(made())
    assert [(key.name, len(key.traces)) for key in figure.keys] == [
        ("training", 5),
        ("held back for early stopping", 5),
        ("best epoch", 1),
    ]
    kept = figure.traces[-1]
    assert kept["x"] == [18] * 5
    assert kept["y"] == [1.8 * 0.8**17 + 0.1] * 5
    assert "5 stopped early" in figure.caption


def test_without_early_stopping_one_line_a_fit_and_the_reason(made: Make) -> None:
    result = made()
    one = {
        "train_loss": [1.0, 0.5],
        "validation_loss": [],
        "best_epoch": 2,
        "stopped": "epochs",
        "note": "Too few samples to hold any back.",
    }
    result.models["mlp"].histories = (one,)
    figure = only(result)
    assert [key.name for key in figure.keys] == ["training", "best epoch"]
    assert "1 ran all epochs. Too few samples to hold any back." in figure.caption


def test_a_refit_has_its_own_lines(made: Make) -> None:
    result = made()
    one = result.models["mlp"].histories[0] | {"refit_loss": [2.0, 1.0]}
    result.models["mlp"].histories = (one,)
    figure = only(result)
    assert figure.keys[2].name == "refitted on the whole training part"
    assert figure.traces[figure.keys[2].traces[0]]["y"] == [2.0, 1.0]


def test_models_that_learn_nothing_by_epochs_have_no_section(made: Make) -> None:
    result = made()
    result.models["mlp"].histories = ({}, {})
    assert not history(result).blocks
