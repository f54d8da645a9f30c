from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from plotly import graph_objects
from sklearn.neighbors import KNeighborsClassifier

from bulkwise.errors import InputError
from bulkwise.evaluation.crossval import evaluate
from bulkwise.evaluation.results import Evaluation
from bulkwise.io.reader import read
from bulkwise.reporting import report
from bulkwise.reporting.base import Figure, Page, Row, Section, Text
from bulkwise.reporting.page import compose

Make = Callable[..., Evaluation]


def figures(page: Page) -> Iterator[Figure]:
    for block in (*page.answer, *(block for one in page.sections for block in one.blocks)):
        if isinstance(block, Figure):
            yield block
        elif isinstance(block, Row):
            yield from block.figures


def hostile(text: str) -> str:
    """A name that tries every way into the page, and stays different from its likes."""
    return (
        f"{text}</script><script>window.ran=1</script><img src=x onerror=window.ran=1>"
        f"<a href='javascript:window.ran=1' target=_blank>l</a><!--%{{x}}{{{{7*7}}}}\"'"
    )


@pytest.mark.parametrize("n_labels", [2, 5, 26])
def test_plotly_accepts_every_figure_and_each_has_words_and_axes(made: Make, n_labels: int) -> None:
    drawn = list(figures(compose(made(n_labels))))
    assert len(drawn) >= 18
    for figure in drawn:
        graph_objects.Figure({"data": figure.traces, "layout": figure.layout})
        assert figure.title
        assert figure.alt
        assert figure.layout["xaxis"]["title"]["text"]
        for key in figure.keys:
            assert all(index < len(figure.traces) for index in key.traces)
            assert key.symbol or key.dash or key.pattern, "never colour alone"


def test_figures_with_several_names_explain_them(made: Make) -> None:
    for figure in figures(compose(made(5))):
        named = {trace.get("name") for trace in figure.traces if trace["type"] != "heatmap"} - {
            None
        }
        axis_names = set(figure.layout["yaxis"].get("ticktext", ()))
        assert len(named) < 2 or len(figure.keys) >= 2 or named <= axis_names, figure.title


def test_the_sections_come_in_order_and_warnings_first(made: Make) -> None:
    page = compose(made())
    assert [section.title for section in page.sections] == [
        "Data",
        "Results beside the baselines",
        "Class by class",
        "ROC and precision-recall",
        "Calibration",
        "The samples on a plane",
        "Training",
        "Controls",
        "Model card",
        "How to reproduce",
    ]
    assert [notice.level for notice in page.warnings] == ["warning", "warning"]


def test_more_sections_stand_after_the_results(made: Make) -> None:
    page = compose(made(), sections=[Section("What was planted", [Text("30 genes")])])
    assert [section.title for section in page.sections][2] == "What was planted"


def test_a_report_is_one_file_of_moderate_size_and_the_same_each_time(
    made: Make, tmp_path: Path
) -> None:
    result = made(26, n_samples=2000)
    first = report(result, tmp_path / "a.html")
    assert first.stat().st_size < 8_000_000
    assert report(result, tmp_path / "b.html").read_bytes() == first.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.html", "b.html"]


def test_a_results_folder_gives_the_same_report(made: Make, tmp_path: Path) -> None:
    result = made(3, n_samples=30)
    folder = result.save(tmp_path / "results")
    direct = report(result, tmp_path / "direct.html").read_text(encoding="utf-8")
    again = report(folder, folder / "report.html").read_text(encoding="utf-8")
    assert again == direct


def test_a_place_without_results_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"There is no results folder '.*nowhere'"):
        report(tmp_path / "nowhere", tmp_path / "report.html")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"isn't a results folder: there is no run\.json"):
        report(tmp_path / "empty", tmp_path / "report.html")
    assert not (tmp_path / "report.html").exists()


@pytest.mark.real
def test_a_real_cohort_of_26_tissues(data_folder: Path, tmp_path: Path) -> None:
    cohort = read(data_folder / "gtex_26_tissues.h5ad")
    result = evaluate(
        KNeighborsClassifier(3),
        cohort,
        target="tissue",
        folds=3,
        permutations=2,
        baselines=("majority",),
        name="knn-3",
    )
    page = compose(result)
    drawn = {figure.title: figure for figure in figures(page)}
    confusion = drawn["Confusion matrix, knn-3"].traces[0]
    assert sum(float(cell) for row in confusion["text"] for cell in row if cell) == 520
    assert len(drawn["PCA by tissue"].keys) == 26
    path = report(result, tmp_path / "report.html")
    assert path.stat().st_size < 8_000_000
    assert report(result.save(tmp_path / "r"), tmp_path / "again.html").read_bytes() == (
        path.read_bytes()
    )


@pytest.fixture(scope="module")
def plain(made: Make, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return report(made(5), tmp_path_factory.mktemp("plain") / "report.html")


@pytest.mark.browser
class TestInABrowser:
    def test_every_figure_is_drawn_without_a_complaint(self, browser: Any, plain: Path) -> None:
        browser.open(plain)
        plots = browser.ask("document.querySelectorAll('.plot').length")
        drawn = browser.ask("document.querySelectorAll('.plot .main-svg:first-child').length")
        assert plots == drawn >= 18
        sizes = browser.ask(
            "[...document.querySelectorAll('.plot .main-svg:first-child')]"
            ".map(one => [one.clientWidth, one.clientHeight])"
        )
        assert all(width > 150 and height > 100 for width, height in sizes)
        assert not browser.happened("Runtime.exceptionThrown", "Runtime.consoleAPICalled")
        assert not browser.happened("Log.entryAdded")

    def test_nothing_but_the_file_is_asked_for(self, browser: Any, plain: Path) -> None:
        browser.open(plain)
        urls = [one["request"]["url"] for one in browser.happened("Network.requestWillBeSent")]
        assert urls[0] == plain.as_uri()
        assert all(url.startswith("data:image/png") for url in urls[1:])

    def test_hostile_names_run_nothing(self, browser: Any, made: Make, tmp_path: Path) -> None:
        browser.open(report(made(4, wrap=hostile), tmp_path / "report.html"))
        assert browser.ask("typeof window.ran") == "undefined"
        assert browser.ask("document.querySelectorAll('img, a:not([href^=\"#\"])').length") == 0
        assert (
            browser.ask("document.querySelectorAll('svg a, svg image[*|href^=http]').length") == 0
        )
        assert "onerror=window.ran" in browser.ask("document.querySelector('h1').textContent")
        assert "49" not in browser.ask("document.querySelector('h1').textContent")
        # Hover labels are drawn when a mouse is over a point: they show names, too.
        browser.ask(
            "document.querySelectorAll('.plot').forEach(plot => plot.data[0].type === 'heatmap'"
            " ? Plotly.Fx.hover(plot, {xval: 0, yval: 0}, 'xy')"
            " : Plotly.Fx.hover(plot, [{curveNumber: 0, pointNumber: 0}]))"
        )
        assert browser.ask("document.querySelectorAll('.hoverlayer .hovertext').length") > 5
        assert browser.ask("typeof window.ran") == "undefined"
        assert browser.ask("document.querySelectorAll('svg a').length") == 0
        assert not browser.happened("Runtime.exceptionThrown", "Log.entryAdded")
        assert not browser.happened("Page.javascriptDialogOpening")

    def test_the_page_refuses_scripts_and_network_that_are_not_its_own(
        self, browser: Any, plain: Path
    ) -> None:
        browser.open(plain)
        browser.ask(
            "(() => { const one = document.createElement('script');"
            " one.textContent = 'window.ran = 1'; document.body.append(one); })()"
        )
        assert browser.ask("typeof window.ran") == "undefined"
        refused = "fetch('http://127.0.0.1:9/').then(() => 'sent', error => String(error))"
        assert "Failed to fetch" in browser.ask(refused)
        told = [one["entry"]["text"] for one in browser.happened("Log.entryAdded")]
        assert any("script-src" in text for text in told)
        assert any("default-src" in text for text in told)

    @pytest.mark.parametrize("n_labels", [5, 26])
    def test_nothing_is_wider_than_a_phone(
        self, browser: Any, made: Make, tmp_path: Path, n_labels: int
    ) -> None:
        browser.open(report(made(n_labels), tmp_path / "r.html"), width=390, height=844, phone=True)
        assert browser.ask("document.documentElement.scrollWidth") <= 390
        assert browser.ask("innerWidth") == 390

    def test_long_names_stay_inside(self, browser: Any, made: Make, tmp_path: Path) -> None:
        long = made(4, wrap=lambda text: text + "_very" * 60)
        browser.open(report(long, tmp_path / "r.html"), width=390, height=844, phone=True)
        assert browser.ask("document.documentElement.scrollWidth") <= 390

    def test_a_name_in_the_legend_switches_its_traces(
        self, browser: Any, made: Make, tmp_path: Path
    ) -> None:
        browser.open(report(made(7), tmp_path / "report.html"))
        state = (
            "(() => { const plot = [...document.querySelectorAll('.plot')]"
            ".find(one => one.dataset.title.startsWith('PCA by tissue'));"
            " return plot.data.map(trace => trace.visible !== false); })()"
        )
        assert browser.ask(state) == [True] * 7
        press = (
            "[...document.querySelectorAll('h3')].find(one => one.textContent === 'PCA by tissue')"
            ".parentElement.querySelector('{}').click()"
        )
        browser.ask(press.format(".key"))
        assert browser.ask(state) == [False, *[True] * 6]
        browser.ask(press.format('.switch[data-all="false"]'))
        assert browser.ask(state) == [False] * 7

    def test_it_prints(self, browser: Any, plain: Path) -> None:
        import base64

        browser.open(plain)
        printed = browser.send("Page.printToPDF", printBackground=True, preferCSSPageSize=True)
        content = base64.b64decode(printed["data"])
        assert content.startswith(b"%PDF")
        assert 5 <= len(re.findall(rb"/Type\s*/Page\b", content)) <= 20
        width = browser.ask("document.querySelector('.plot').clientWidth")
        assert width == browser.ask("document.querySelector('.plot .main-svg').clientWidth")
        assert not browser.happened("Runtime.exceptionThrown", "Log.entryAdded")
