from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bulkwise.evaluation.base import Calibration
from bulkwise.evaluation.results import Evaluation
from bulkwise.reporting.base import Figure, Row
from bulkwise.reporting.curves import calibration, curves

Make = Callable[..., Evaluation]


def pair(result: Evaluation) -> tuple[Figure, Figure]:
    (row,) = (one for one in curves(result).blocks if isinstance(one, Row))
    roc, pr = row.figures
    return roc, pr


def test_every_model_has_its_mean_and_the_first_its_classes(made: Make) -> None:
    roc, pr = pair(made(5))
    assert [len(group) for group in roc.groups.values()] == [4, 5]
    assert len(roc.traces) == 1 + 4 + 5
    assert len(pr.traces) == 4 + 5
    assert roc.keys[0].name.startswith("mlp (AUROC 0.9")


def test_few_classes_are_shown_and_many_wait_to_be_switched_on(made: Make) -> None:
    for n_labels, shown in ((2, False), (5, True), (26, False)):
        keys = [key for key in pair(made(n_labels))[0].keys if key.group.startswith("mlp")]
        assert len(keys) == n_labels
        assert {key.shown for key in keys} == {shown}
        assert len({(key.colour, key.dash) for key in keys}) == n_labels


def test_a_class_called_macro_is_not_the_mean(made: Make) -> None:
    result = made(3)
    result.question = replace(result.question, labels=("macro", *result.question.labels[1:]))
    model = result.models["mlp"]
    first = model.roc[1]
    model.roc = (model.roc[0], replace(first, label="macro"), *model.roc[2:])
    model.pr = ()
    groups = pair(result)[0].groups
    assert [key.name.split(" (")[0] for key in groups["Mean over the classes"]] == [
        "mlp",
        "majority",
        "logistic",
        "knn",
    ]
    assert groups["mlp, each class against the rest"][0].name.endswith(f"({first.area:.3f})")


def test_calibration_marks_grow_with_their_bins(made: Make) -> None:
    (figure,) = calibration(made()).blocks
    assert isinstance(figure, Figure)
    sizes = figure.traces[1]["marker"]["size"]
    assert sizes == sorted(sizes)
    assert sizes[-1] == 18
    assert "mlp 0.070" in figure.caption


def test_without_bins_there_is_no_section(made: Make) -> None:
    result = made()
    for model in result.models.values():
        model.calibration = Calibration((), (), ())
    assert not calibration(result).blocks
