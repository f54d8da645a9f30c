"""The pages of all commands run nothing that a name says, looked at in a browser."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pandas as pd
import pytest

from bulkwise.cli import main

SCRIPT = "</script><script>window.ran=1</script><img src=x onerror=window.ran=1>"
LINK = "<a href='javascript:window.ran=1'>l</a><!--%{x}{{7*7}}\"'"


def hostile(text: str) -> str:
    return f"{text}{SCRIPT}{LINK}"


NORMAL, TUMOUR = hostile("normal"), hostile("tumour")
PAIRS = ("--column", "condition", "--from", NORMAL, "--to", TUMOUR, "--pairs", "patient")
CONTRAST = ("--column", "condition", "--contrast", f"{TUMOUR}:{NORMAL}")
SAMPLE = hostile("P01-T")
PAGES: dict[str, tuple[str, ...]] = {
    "diff": ("diff", "c.h5ad", *CONTRAST, "--genesets", "s.gmt", "-o", "diff"),
    "direction": ("direction", "c.h5ad", *CONTRAST, "--genesets", "s.gmt", "-o", "direction"),
    "outliers": (
        *("outliers", "c.h5ad", "--where", f"condition={NORMAL}", "--sample", SAMPLE),
        *("-o", "outliers"),
    ),
    "select": (
        *("select", "c.h5ad", "--target", "condition", "-k", "5", "--folds", "0"),
        *("--permutations", "0", "--method", "ttest", "-o", "select.csv"),
    ),
    "translate": ("translate", "c.h5ad", *PAIRS, "--folds", "2", "-o", "translate"),
    "patient": (
        *("patient", "t.zip", "c.h5ad", "--sample", SAMPLE, "--genesets", "s.gmt"),
        *("-o", "patient"),
    ),
    "overlap": (
        "overlap",
        "diff/de.csv",
        "list.txt",
        "--names",
        "a<img>,b</script>",
        "-o",
        "overlap",
    ),
}
TRAIN = ("train", "c.h5ad", "--task", "translate", *PAIRS, "--allow-training-data", "-o", "t.zip")


def run(*arguments: str) -> int:
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as stopped:
        patch.setattr(sys, "argv", ["bulkwise", *arguments])
        patch.setattr("signal.signal", lambda *_: None)
        main.run()
    return int(str(stopped.value.code))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cohort, gene sets, a list and a model, all with names that try to be run."""
    folder = tmp_path_factory.mktemp("hostile")
    rng = np.random.default_rng(0)
    own = rng.normal(6, 1, (12, 30)).repeat(2, axis=0)
    values = own + 0.3 * rng.normal(size=(24, 30))
    values[1::2, :8] += 3
    names = [f"P{i:02d}-{side}" for i in range(12) for side in "NT"]
    obs = pd.DataFrame(
        {"condition": [NORMAL, TUMOUR] * 12, "patient": [hostile(name[:3]) for name in names]},
        index=[hostile(name) for name in names],
    )
    genes = [hostile(f"GENE{i:02d}") for i in range(30)]
    cohort = anndata.AnnData(values.astype(np.float32), obs, pd.DataFrame(index=genes))
    cohort.uns["unit"] = "log2"
    cohort.write_h5ad(folder / "c.h5ad")
    sets = "".join(f"{hostile(name)}\tx\t" + "\t".join(genes[:12]) + "\n" for name in "AB")
    (folder / "s.gmt").write_text(sets)
    (folder / "list.txt").write_text("\n".join(gene.replace(",", ";") for gene in genes[:9]))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert run(*TRAIN) == 0
    return folder


@pytest.mark.browser
@pytest.mark.parametrize("page", PAGES)
def test_names_run_nothing_in_any_page(
    page: str, folder: Path, browser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    if page == "overlap" and not Path("diff").exists():
        assert run(*PAGES["diff"]) == 0
    assert run(*PAGES[page]) == 0
    place = folder / PAGES[page][-1]
    browser.open(place.with_suffix(".html") if place.suffix else place / "report.html")
    assert browser.ask("typeof window.ran") == "undefined"
    assert browser.ask("document.querySelectorAll('img:not([src^=data]), svg a').length") == 0
    assert browser.ask("document.querySelectorAll('a:not([href^=\"#\"])').length") == 0
    assert "onerror=window.ran" in browser.ask("document.body.textContent")
    assert not browser.happened("Page.javascriptDialogOpening", "Runtime.exceptionThrown")
