"""Gene sets from GMT files as they come: gzipped, with blank lines, trailing tabs, doubled names.

A line of a GMT file is a set: its name, a description, then its genes, parted by tabs. What a file
does otherwise and can be read without guessing is read, and said in ``findings``; what can't is
refused with the line's number.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bulkwise.checks.base import Finding, name_some
from bulkwise.errors import GeneError, InputError
from bulkwise.io.base import read_whole
from bulkwise.storage import PathLike

__all__ = ["GeneSets", "read_gene_list", "read_gmt"]

_SCORE = re.compile(r"^(.*\S)\s*,\s*[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?$")
_LINE_ENDS = re.compile(r"\r\n|\n|\r")
_ENDINGS = re.compile(r"(\.(gmt|txt|tsv|gz))+$")
_WIDE_GAP = re.compile(r" {2,}")
_DECIMAL = re.compile(r"[-+]?\d*\.\d+(e[-+]?\d+)?", re.IGNORECASE)
_LARGEST = 1 << 28  # bytes of text
_MANY = 5
_MOSTLY = 0.9


@dataclass(frozen=True)
class GeneSets(Mapping[str, tuple[str, ...]]):
    """A library of gene sets: a mapping from a set's name to its genes.

    Parameters
    ----------
    name
        The library's name.
    sets
        Name -> genes, each gene once, in the file's order.
    descriptions
        Name -> what the file says of it; absent where it says nothing.
    findings
        What was out of the ordinary in the file.
    """

    name: str
    sets: dict[str, tuple[str, ...]]
    descriptions: dict[str, str]
    findings: tuple[Finding, ...] = ()

    def __getitem__(self, name: str) -> tuple[str, ...]:
        return self.sets[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.sets)

    def __len__(self) -> int:
        return len(self.sets)

    def __repr__(self) -> str:
        genes = len(set().union(*self.sets.values())) if self.sets else 0
        return f"GeneSets({self.name!r}: {len(self):,} sets of {genes:,} genes)"


@dataclass(frozen=True)
class _Line:
    number: int
    name: str
    description: str
    genes: tuple[str, ...]


def read_gmt(path: PathLike, *, name: str | None = None) -> GeneSets:
    """Read a GMT file, plain or gzipped.

    Blank lines, comment lines, trailing tabs, quotes, Windows line ends, a byte-order mark and
    scores after genes (``TP53,1.0``) are passed over. A set without genes is dropped, a set that
    is there twice counts once, and a name with two different sets gets a number.

    Parameters
    ----------
    path
        The file.
    name
        The library's name; by default the file's, without its endings.

    Returns
    -------
    GeneSets

    Raises
    ------
    InputError
        If there is no such file, it isn't text, it is a web page, a line's fields are parted by
        single spaces, or no set is left.
    """
    path = Path(path)
    text, findings = _decode(path)
    lines = list(_lines(text, path, findings))
    lines = _without_descriptions(lines, findings)
    sets: dict[str, tuple[str, ...]] = {}
    descriptions: dict[str, str] = {}
    empty, repeated, renamed = [], [], []
    there: dict[str, set[frozenset[str]]] = {}
    for line in lines:
        if not line.genes:
            empty.append(line.name)
            continue
        same_name = there.setdefault(line.name, set())
        if frozenset(line.genes) in same_name:
            repeated.append(line.name)
            continue
        same_name.add(frozenset(line.genes))
        key, count = line.name, len(same_name)
        if count > 1:
            while (key := f"{line.name} ({count})") in sets:  # a set may be called so itself
                count += 1
            renamed.append(key)
        sets[key] = line.genes
        if line.description:
            descriptions[key] = line.description
    _say(findings, "empty-sets", "note", empty, "Sets without genes were dropped")
    _say(findings, "repeated-sets", "note", repeated, "Sets that are there again count once")
    _say(
        findings,
        "renamed-sets",
        "warning",
        renamed,
        "Sets with the name of another one but other genes were given a number",
    )
    if not sets:
        raise InputError(
            f"There are no gene sets in {str(path)!r}: expected lines of a name, a description and "
            "genes, parted by tabs."
        )
    _refuse_numbers(sets, path)
    return GeneSets(name or _ENDINGS.sub("", path.name), sets, descriptions, tuple(findings))


def _refuse_numbers(sets: Mapping[str, tuple[str, ...]], path: Path) -> None:
    """Refuse a matrix: members that are decimal numbers are no genes."""
    members = [gene for genes in sets.values() for gene in genes]
    numbers = [gene for gene in members if _DECIMAL.fullmatch(gene)]
    if len(numbers) > len(members) / 2:
        raise InputError(
            f"The sets of {str(path)!r} hold numbers ({name_some(numbers, 3)}) for genes; expected "
            "a GMT file, a line a gene set: is it a matrix of expression?"
        )


def read_gene_list(path: PathLike, *, what: str = "genes") -> list[str]:
    """Gene names from a file: one a line, the first column of a csv or tsv, or all of a GMT.

    A header (``gene``, ``symbol`` or ``landmark``), empty lines and lines that start with ``#``
    are passed over. A GMT file is known by its ending; its sets are joined.

    Parameters
    ----------
    path
        The file.
    what
        What the genes are, for errors.

    Raises
    ------
    InputError
        If it isn't there, isn't text, or holds no name.
    GeneError
        If a list names a gene twice.
    """
    path = Path(path)
    if ".gmt" in path.suffixes:
        return list(dict.fromkeys(gene for genes in read_gmt(path).values() for gene in genes))
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"Can't read {what} from {str(path)!r}: expected a text file with a gene name a "
            f"line ({error})."
        ) from error
    names = [line.replace("\t", ",").split(",")[0].strip().strip('"') for line in lines]
    names = [name for name in names if name and not name.startswith("#")]
    if names and names[0].lower() in {"gene", "symbol", "landmark"}:
        names = names[1:]
    if not names:
        raise InputError(f"The file of {what} {str(path)!r} holds no gene name.")
    twice = sorted(name for name, n in Counter(names).items() if n > 1)
    if twice:
        raise GeneError(
            f"The file of {what} {str(path)!r} holds {len(twice)} names more than once "
            f"({name_some(twice)}); name each gene once."
        )
    return names


def _say(findings: list[Finding], code: str, level: str, names: list[str], what: str) -> None:
    if names:
        message = f"{what} ({len(names)}): {name_some(names)}."
        findings.append(
            Finding(code, "warning" if level == "warning" else "note", message, tuple(names))
        )


def _decode(path: Path) -> tuple[str, list[Finding]]:
    raw = read_whole(path, "a GMT file (a line a gene set)", _LARGEST)
    findings: list[Finding] = []
    try:
        encoding = "utf-16" if raw[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
        findings.append(
            Finding(
                "not-utf8",
                "note",
                f"{path.name} isn't in UTF-8 and was read as Latin-1; accents may come out wrong.",
            )
        )
    return text, findings


def _fields(row: str, number: int, path: Path, wide: list[str]) -> list[str]:
    fields = row.split("\t")
    if len(fields) == 1 and " " in row.strip():
        fields = _WIDE_GAP.split(row.strip())
        words = row.split()
        if len(fields) < 3 and len(words) > 2 and words[1].lower().startswith(("http", "na")):
            fields = words
        if len(fields) < 3:
            raise InputError(
                f"Line {number} of {str(path)!r} has no tab ({row.strip()[:40]!r}): its fields "
                "seem to be parted by spaces, which names hold too; save the file with tabs."
            )
        wide.append(str(number))
    return [field.strip().strip('"').strip() for field in fields]


def _lines(text: str, path: Path, findings: list[Finding]) -> Iterator[_Line]:
    wide: list[str] = []
    nameless: list[str] = []
    for number, row in enumerate(_LINE_ENDS.split(text), start=1):
        if not row.strip() or (row.startswith("#") and row.count("\t") < 2):
            continue
        name, *rest = _fields(row, number, path, wide)
        if not name:
            nameless.append(str(number))
            continue
        genes = (_SCORE.sub(r"\1", gene) for gene in rest[1:])
        kept = tuple(dict.fromkeys(gene for gene in genes if gene))
        yield _Line(number, name, rest[0] if rest else "", kept)
    _say(findings, "spaces-for-tabs", "warning", wide, "Lines with spaces for tabs were read")
    _say(findings, "nameless-sets", "warning", nameless, "Lines without a name were dropped")


def _without_descriptions(lines: list[_Line], findings: list[Finding]) -> list[_Line]:
    """Take the second column for genes where that is what it holds."""
    vocabulary = set().union(*(line.genes for line in lines)) if lines else set()
    described = [line for line in lines if line.description]
    known = sum(line.description in vocabulary for line in described)
    distinct = len({line.description for line in described})
    if distinct < _MANY or known < _MOSTLY * len(lines):
        return lines
    findings.append(
        Finding(
            "no-descriptions",
            "warning",
            f"The second column holds genes in {known} of {len(lines)} lines, where a description "
            "should be; they were taken as members of their sets.",
        )
    )
    return [
        _Line(line.number, line.name, "", tuple(dict.fromkeys((line.description, *line.genes))))
        if line.description
        else line
        for line in lines
    ]
