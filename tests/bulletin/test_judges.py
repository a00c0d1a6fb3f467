"""What other programs say of the finished PDF: judges of PDF/A and PDF/UA, readers, renderers."""

from __future__ import annotations

import csv
import re
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import page
import pikepdf
import pytest
import yaml

from tests.builders import folder
from tests.bulletin.rendering import Word, disagreement, likeness, mupdf, poppler, rasters, words
from tests.conftest import ROOT, needs, reporter

EMBEDDED = ("figures.json", "prices.csv")
INTER = ROOT / "reporter" / "fonts" / "Inter-Regular.ttf"
CHINESE = INTER.with_name("NotoSansSC-Regular.ttf")
ALIKE = 0.95  # at least that like is a letter to itself, drawn by two programs; another one is less so
NEAR = 1.5  # points between the baselines of one row
PROFILES = ("3a", "ua1")
CODES = ("en", "zh")
INSTRUMENTS = """\
- {id: sulfide, name: Gamma sulfide, formula: Li2S, unit: kg, currency: CNY, decimals: 0}
- {id: salt, name: Delta salt, unit: kg, currency: CNY, decimals: 2}
- {id: ore, name: Epsilon ore, unit: mt, currency: USD, decimals: 1}
- {id: gas, name: Zeta gas, unit: mt, currency: CNY, decimals: 0}
- {id: glass, name: Theta glass, unit: mt, currency: CNY, decimals: 0}
"""
PRICES = [
    "sulfide,2025-11-28,2000,2100,2050",
    "sulfide,2025-12-05,2090,2230,2160",
    "salt,2025-11-28,4.1,4.3,4.2",
    "salt,2025-12-05,2.755,2.95,2.85",
    "ore,2025-11-28,90.5,110.5,100.5",
    "ore,2025-12-05,90.5,110.5,100.5",
    "gas,2025-12-05,7,9,8",
    "glass,2025-11-28,,,1480",
]


@pytest.fixture(scope="module")
def moving_issue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A week in which prices rise, fall, stay, begin and are not assessed, some of them as ranges."""
    desk = tmp_path_factory.mktemp("moving")
    folder(desk, prices=PRICES, instruments=INSTRUMENTS)
    (desk / "schedule.yaml").write_text(
        "timezone: Asia/Shanghai\nrecords: records\neditions: {weekly: {title: Weekly}}\n"
    )
    done = reporter("run", "--draft", "--week", "2025-W49", "--as-of", "2025-12-06", cwd=desk)
    assert done.returncode == 0, done.stderr
    return desk / "output" / "weekly" / "2025-W49" / "draft"


def pdf_of(issue: Path, code: str = "en") -> Path:
    return next(issue.glob(f"*.{code}.pdf"))


# ── judges ──


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("profile", PROFILES)
def test_a_judge_of_pdf_a_and_pdf_ua_finds_nothing(acceptance_issue: Path, profile: str, code: str) -> None:
    report = page.validate_pdf(pdf_of(acceptance_issue, code), profile=profile)
    assert report.rules.total > 90
    assert [(failure.rule_id, failure.message) for failure in report.failures] == []
    assert report.is_compliant


@pytest.mark.parametrize(
    ("profile", "part"), [("3a", "/OutputIntents"), ("3a", "/Metadata"), ("ua1", "/StructTreeRoot")]
)
def test_the_judge_refuses_what_is_broken(acceptance_issue: Path, profile: str, part: str) -> None:
    """The same PDF without its colour profile, its claims or its tags."""
    broken = BytesIO()
    with pikepdf.open(pdf_of(acceptance_issue)) as pdf:
        del pdf.Root[part]
        pdf.save(broken, deterministic_id=True)
    assert not page.validate_pdf_bytes(broken.getvalue(), profile=profile).is_compliant


def test_qpdf_finds_no_fault_in_the_files_build(acceptance_issue: Path) -> None:
    needs("qpdf", "qpdf")
    done = subprocess.run(
        ["qpdf", "--check", pdf_of(acceptance_issue)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "No syntax or stream encoding errors found" in done.stdout


def test_a_reader_saves_the_files_inside_byte_for_byte(acceptance_issue: Path, tmp_path: Path) -> None:
    needs("pdfdetach", "poppler-utils")
    subprocess.run(["pdfdetach", "-saveall", "-o", tmp_path, pdf_of(acceptance_issue)], check=True)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        name: (acceptance_issue / name).read_bytes() for name in EMBEDDED
    }


# ── the printed table against the numbers inside ──

CELL = re.compile(r"–|n\.a\.|n/a|[+−]?[\d,]+(?:\.\d+)?%?")
COLUMNS = ("low", "high", "value", "wow_abs", "wow_pct")


def printed_rows(pdf: Path, names: dict[str, str]) -> Iterator[tuple[str, list[str]]]:
    """Yields the first five figures of each instrument's row, below the first header that has low and high."""
    found = sorted(words(pdf), key=lambda word: (word.page, word.y1, word.x1))
    low = next(word for word in found if word.text == "Low")
    below = [word for word in found if (word.page, word.y1) > (low.page, low.y1)]
    for id, name in names.items():
        row = next(line for word in below if " ".join(texts(line := line_of(below, word))).startswith(name))
        cells = [text for text in texts(row) if CELL.fullmatch(text)]
        yield id, cells[: len(COLUMNS)]


def line_of(among: list[Word], first: Word) -> list[Word]:
    row = [word for word in among if word.page == first.page and abs(word.y1 - first.y1) < NEAR]
    return sorted((word for word in row if word.x1 >= first.x1), key=lambda word: word.x1)


def texts(row: list[Word]) -> list[str]:
    return [word.text for word in row]


def agrees(cell: str, exact: str) -> bool:
    """Whether a printed number is the exact one, rounded to its own places; a dash or `n/a` stands for none."""
    if not exact:
        return cell in ("–", "n.a.", "n/a")
    if not cell[-1].isdigit() and cell[-1] != "%":
        return False
    number = Decimal(cell.replace(",", "").replace("−", "-").rstrip("%"))
    return abs(number - Decimal(exact)) * 2 <= Decimal(1).scaleb(int(number.as_tuple().exponent))


@pytest.mark.parametrize("name", ["acceptance_issue", "moving_issue"])
def test_the_printed_table_says_what_the_csv_inside_says(name: str, request: pytest.FixtureRequest) -> None:
    """Low, high, value, weekly change and percent of every instrument."""
    issue: Path = request.getfixturevalue(name)
    listed = yaml.safe_load(
        (ROOT / "data" / "instruments.yaml").read_text() if name == "acceptance_issue" else INSTRUMENTS
    )
    names = {one["id"]: one["name"] if isinstance(one["name"], str) else one["name"]["en"] for one in listed}
    with (issue / "prices.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["instrument"]: row for row in csv.DictReader(file)}
    printed = dict(printed_rows(pdf_of(issue), {id: names[id] for id in rows}))
    for id, row in rows.items():
        exact = [row[column] for column in COLUMNS]
        assert all(map(agrees, printed[id], exact)), (id, printed[id], exact)
        assert len(printed[id]) == len(COLUMNS)


def test_the_agreement_of_a_cell_is_to_the_last_place() -> None:
    """The control: a digit, a sign or a place more is not the same number."""
    assert all(agrees(cell, "-1.35") for cell in ("−1.35", "−1.4", "−1", "-1.350"))
    assert not any(agrees(cell, "-1.35") for cell in ("1.35", "−1.36", "−1.5", "n/a", "–"))
    assert not agrees("0", "")


# ── renderers ──


def same(one: Path, other: Path, tmp_path: Path) -> bool:
    first = rasters(one, poppler, tmp_path / "poppler")
    second = rasters(other, mupdf, tmp_path / "mupdf")
    assert len(first) == len(second)
    found = [disagreement(*pages) for pages in zip(first, second, strict=True)]
    return all(mean < 6 and largest < 110 for mean, largest in found)


@pytest.mark.parametrize("code", CODES)
def test_two_renderers_show_the_same_pages(acceptance_issue: Path, tmp_path: Path, code: str) -> None:
    assert same(pdf_of(acceptance_issue, code), pdf_of(acceptance_issue, code), tmp_path)


@pytest.mark.parametrize(("old", "new"), [("5", "6"), (",", ".")])
def test_one_wrong_letter_is_seen(moving_issue: Path, tmp_path: Path, old: str, new: str) -> None:
    """The control: one figure, or a comma, of a whole page is another one."""
    whole, wrong = pdf_of(moving_issue), tmp_path / "wrong.pdf"
    assert same(whole, whole, tmp_path / "whole")
    with pikepdf.open(whole) as pdf:
        change_a_letter(pdf, old, new)
        pdf.save(wrong)
    assert not same(whole, wrong, tmp_path / "wrong")


def change_a_letter(pdf: pikepdf.Pdf, old: str, new: str) -> None:
    """Shows `new` on the first page where `old` is shown last."""
    shown, codes = pdf.pages[0], {}
    for name, font in shown.resources.Font.items():
        found = re.findall(rb"<([0-9a-f]{4})> <([0-9a-f]{4})>", font.ToUnicode.read_bytes())
        codes[name] = {chr(int(letter, 16)): bytes.fromhex(code.decode()) for code, letter in found}
    instructions, font, place = list(pikepdf.parse_content_stream(shown)), "", None
    for n, instruction in enumerate(instructions):
        if str(instruction.operator) == "Tf":
            font = str(instruction.operands[0])
        elif str(instruction.operator) == "TJ" and {old, new} <= codes[font].keys():
            for m, part in enumerate(instruction.operands[0]):
                if isinstance(part, pikepdf.String) and bytes(part) == codes[font][old]:
                    place = n, m, codes[font][new]
    assert place is not None
    n, m, code = place
    instructions[n].operands[0][m] = pikepdf.String(code)
    shown.obj.Contents = pdf.make_stream(pikepdf.unparse_content_stream(instructions))


@pytest.mark.parametrize(
    ("name", "text", "others"),
    [
        ("moving_issue", "▲", ["▼", "△", "A"]),
        ("moving_issue", "▼", ["▲", "▽", "V"]),
        ("moving_issue", "Li₂S", ["Li₃S", "Li2S", "LiₓS"]),
        ("acceptance_issue", "10⁻⁴", ["10⁻⁵", "10⁻⁷", "10-4"]),
        ("acceptance_issue", "m²", ["m³", "m2"]),
    ],
)
def test_special_letters_have_the_shape_that_the_font_gives_them(
    name: str, text: str, others: list[str], request: pytest.FixtureRequest
) -> None:
    """The text of a PDF may be right where its picture is wrong: the pixels are held against the font file."""
    pdf = pdf_of(request.getfixturevalue(name))
    word = next(word for word in words(pdf) if word.text == text)
    assert likeness(pdf, word, text, INTER) > ALIKE
    assert all(likeness(pdf, word, other, INTER) < ALIKE for other in others)


@pytest.mark.parametrize(
    ("text", "others"),
    [("硫化锂", ["氧化锂", "硫化钠", "碳酸锂"]), ("价格与涨跌", ["价格走势图", "价格与跌涨"])],
)
def test_chinese_has_the_shape_that_its_font_gives_it(
    acceptance_issue: Path, text: str, others: list[str]
) -> None:
    pdf = pdf_of(acceptance_issue, "zh")
    word = next(word for word in words(pdf) if word.text == text)
    assert likeness(pdf, word, text, CHINESE) > ALIKE
    assert all(likeness(pdf, word, other, CHINESE) < ALIKE for other in others)
