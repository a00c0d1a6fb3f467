"""Every fault is found in a PDF that has only this one, and none in the same page without it.

The bad PDFs are written by WeasyPrint itself, past the refusals of `render_pdf`, or changed by hand afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

from reporter.bulletin import archive
from reporter.bulletin.pdf_check import check_pdf, refuse_unfit, title_and_headings
from reporter.errors import UnfitError
from tests.conftest import ROOT

# WeasyPrint leaves its colour profile to be closed; the page brings its own fonts
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:No fonts configured"),
]
EMBEDDED = ("figures.json", "prices.csv")
FONT = (ROOT / "reporter" / "fonts" / "Inter-Regular.ttf").as_uri()
BOLD = f'th {{ font-weight: 700 }} @font-face {{ font-family: Inter; font-weight: 700; src: url("{FONT}") }}'
PICTURE = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><rect width='9' height='9'/></svg>"
BASE = f"""<html lang="en"><head><title>Week</title><style>
@font-face {{ font-family: Inter; src: url("{FONT}") }} html {{ font-family: Inter }}
@page {{ @bottom-left {{ content: "foot"; font-family: Inter }} }} h3 {{ bookmark-level: none }}
h1, h2, h3, h4, th {{ font-weight: 400 }}
</style></head><body><h1>Week</h1><h2>Prices</h2><h3>Notes</h3>
<table><tr><th scope="col">Name</th><th scope="col">Value</th></tr><tr><th scope="row">gold</th><td>1</td></tr></table>
<p><a href="https://example.org/">source</a> <img src="{PICTURE}" alt="One square."></p></body></html>"""


def file(name: str, **changed: Any) -> dict[str, Any]:
    return {"name": name, "string": b"{}", "description": "Numbers", "relationship": "Data"} | changed


FILES = tuple(file(name) for name in EMBEDDED)


def written(page: str = BASE, files: tuple[dict[str, Any], ...] = FILES, **options: Any) -> bytes:
    import weasyprint  # warns of a machine without fonts

    document = weasyprint.HTML(string=page).render(pdf_variant=archive.VARIANT)
    document.metadata.generate_rdf_metadata = archive.marked(document.metadata.generate_rdf_metadata)
    document.metadata.attachments = [weasyprint.Attachment(**one) for one in files]
    usual = {"pdf_variant": archive.VARIANT, "pdf_identifier": b"x", "finisher": archive.finish}
    content: bytes = document.write_pdf(**usual | options)
    return content


@lru_cache
def faultless() -> bytes:
    return written()


def codes(pdf: bytes, **changed: Any) -> set[str]:
    title, headings = title_and_headings(BASE)
    expected = {"language": "en", "title": title, "headings": headings, "attachments": EMBEDDED} | changed
    return {fault.code for fault in check_pdf(pdf, **expected)}


def test_a_page_without_fault_is_fit() -> None:
    assert codes(faultless()) == set()


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ('<html lang="en">', "<html>", {"language"}),
        ('<html lang="en">', '<html lang="zh">', {"language"}),
        ("<title>Week</title>", "", {"title"}),
        ("<title>Week</title>", "<title>Other</title>", {"title"}),
        (' alt="One square."', "", {"no_alt"}),
        ('alt="One square."', 'alt="  "', {"no_alt"}),
        ('alt="One square."', 'alt="charts/square-1.svg"', {"no_alt"}),
        ("h3>", "h4>", {"heading_skips", "bookmarks"}),
        ("<h2>Prices</h2>", "<p>Prices</p>", {"heading_skips", "bookmarks"}),
        ("<h1>Week</h1>", "", {"no_h1", "bookmarks"}),
        ("Prices</h2>", "Price</h2>", {"bookmarks"}),
        ("<h3>", '<h3 style="bookmark-level: 3">', {"bookmarks"}),
        ("th", "td", {"no_table_header"}),
        ("source</a>", "source</a> \U0010fffd", {"missing_glyph"}),
        ("font-family: Inter", "font-family: Other", {"font_family"}),
        ("th { font-weight: 400 }", BOLD, {"font_style"}),
        ("https://example.org/", "javascript:alert(1)", {"address"}),
        ("https://example.org/", "file:///etc/passwd", {"address"}),
        ("</body>", '<p style="break-before: page"></p></body>', {"blank_page"}),
    ],
)
def test_a_fault_of_the_page_is_found_alone(old: str, new: str, found: set[str]) -> None:
    assert old in BASE
    assert codes(written(BASE.replace(old, new))) == found


def test_a_pdf_without_tags_and_claims_is_unfit() -> None:
    plain = written(files=(), pdf_variant=None, pdf_tags=False, finisher=None)
    assert codes(plain, attachments=()) == {"untagged", "title_hidden", "claims", "no_link_words"}


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (FILES[:1], {"attachment_missing"}),
        ((*FILES, file("notes.txt")), {"attachment_unexpected"}),
        ((*FILES, FILES[0]), {"attachment_missing"}),
        ((FILES[0], file("prices.csv", description=None)), {"attachment_unlabelled"}),
        ((FILES[0], file("prices.csv", relationship="Source")), {"attachment_unlabelled"}),
    ],
    ids=["one missing", "one more", "one twice", "no description", "not as data"],
)
def test_a_fault_of_the_files_inside_is_found_alone(
    files: tuple[dict[str, Any], ...], found: set[str]
) -> None:
    assert codes(written(files=files)) == found


Change = Callable[[pikepdf.Pdf], object]


def changed(change: Change, **saving: Any) -> bytes:
    """The page without fault, changed by hand."""
    result = BytesIO()
    with pikepdf.open(BytesIO(faultless())) as pdf:
        change(pdf)
        pdf.save(result, deterministic_id="encryption" not in saving, **saving)
    return result.getvalue()


def elements(pdf: pikepdf.Pdf, kind: str) -> list[Any]:
    return [one for one in pdf.objects if isinstance(one, Dictionary) and one.get("/S") == kind]


def fonts(pdf: pikepdf.Pdf) -> list[Any]:
    return [one for one in pdf.objects if isinstance(one, Dictionary) and one.get("/Subtype") == Name.Type0]


def unembed(pdf: pikepdf.Pdf) -> None:
    del fonts(pdf)[0].DescendantFonts[0].FontDescriptor["/FontFile2"]


def call_it_whole(pdf: pikepdf.Pdf) -> None:
    for font in fonts(pdf):
        font.BaseFont = Name.Inter


def forget_scopes(pdf: pikepdf.Pdf) -> None:
    for cell in elements(pdf, "/TH"):
        del cell.A["/Scope"]


def show_glyph(pdf: pikepdf.Pdf, code: bytes, place: str = "page") -> None:
    """Shows one more glyph: on the page, or in a form or a pattern that the page draws."""
    page = pdf.pages[0]
    name = next(iter(page.resources.Font))
    text = f"BT {name} 9 Tf <{code.hex()}> Tj ET".encode()
    drawn = pdf.make_stream(text, Resources=Dictionary(Font=page.resources.Font), BBox=Array([0, 0, 9, 9]))
    if place == "form":
        drawn.Type, drawn.Subtype = Name.XObject, Name.Form
        page.resources.XObject["/bad"] = drawn
        text = b"/bad Do"
    elif place == "pattern":
        drawn.PatternType, drawn.PaintType, drawn.TilingType, drawn.XStep, drawn.YStep = 1, 1, 1, 9, 9
        page.resources.Pattern["/bad"] = drawn
        text = b"/Pattern cs /bad scn 0 0 9 9 re f"
    page.contents_add(text)


def empty_outline(pdf: pikepdf.Pdf) -> None:
    """Takes the outline of every glyph away: the file is there, the letters are not."""
    font = fonts(pdf)[0].DescendantFonts[0].FontDescriptor.FontFile2
    content = bytearray(font.read_bytes())
    tables = {
        bytes(content[at : at + 4]): (
            int.from_bytes(content[at + 8 : at + 12]),
            int.from_bytes(content[at + 12 : at + 16]),
        )
        for at in range(12, 12 + 16 * int.from_bytes(content[4:6]), 16)
    }
    start, length = tables[b"loca"]
    content[start : start + length] = bytes(length)
    font.write(bytes(content))


def unreadable_letter(pdf: pikepdf.Pdf) -> None:
    mapping = fonts(pdf)[0].ToUnicode
    mapping.write(mapping.read_bytes().replace(b"<0065>", b"<fffd>"))


def no_letters(pdf: pikepdf.Pdf) -> None:
    del fonts(pdf)[0]["/ToUnicode"]


def drop(part: Any, key: str) -> None:
    del part[key]


def link(pdf: pikepdf.Pdf) -> Any:
    return pdf.pages[0].obj.Annots[0]


def act(pdf: pikepdf.Pdf, **action: Any) -> None:
    link(pdf).A = Dictionary(Type=Name.Action, **action)


def hide_a_file(pdf: pikepdf.Pdf) -> None:
    pdf.Root["/PieceInfo"] = Dictionary(Own=pdf.make_stream(b"hidden", Type=Name.EmbeddedFile))


def run_at_opening(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))


def name_a_script(pdf: pikepdf.Pdf) -> None:
    script = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))
    pdf.Root.Names["/JavaScript"] = Dictionary(Names=Array([String("x"), script]))


def load_a_stream(pdf: pikepdf.Pdf) -> None:
    pdf.make_indirect(pdf.make_stream(b"", F=Dictionary(Type=Name.Filespec, UF=String("/etc/passwd"))))
    pdf.Root["/PieceInfo"] = Dictionary(Own=pdf.make_stream(b"", F=String("/etc/passwd")))


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (unembed, {"font_not_embedded"}),
        (call_it_whole, {"font_not_subset"}),
        (forget_scopes, {"no_scope"}),
        (lambda pdf: show_glyph(pdf, b"\0\0"), {"missing_glyph", "no_text"}),
        (lambda pdf: show_glyph(pdf, b"\0\0", "form"), {"missing_glyph", "no_text"}),
        (lambda pdf: show_glyph(pdf, b"\0\0", "pattern"), {"missing_glyph", "no_text"}),
        (empty_outline, {"missing_glyph"}),
        (unreadable_letter, {"no_text"}),
        (no_letters, {"no_text"}),
        (lambda pdf: drop(link(pdf), "/Contents"), {"no_link_words"}),
        (lambda pdf: drop(pdf.Root, "/StructTreeRoot"), {"untagged"}),
        (lambda pdf: drop(pdf.Root, "/MarkInfo"), {"untagged"}),
        (lambda pdf: drop(pdf.Root, "/ViewerPreferences"), {"title_hidden"}),
        (lambda pdf: drop(pdf.Root, "/Metadata"), {"claims"}),
        (lambda pdf: drop(pdf.Root, "/Outlines"), {"bookmarks"}),
        (lambda pdf: drop(pdf.Root, "/AF"), {"attachment_missing"}),
        (hide_a_file, {"attachment_unexpected"}),
        (run_at_opening, {"script"}),
        (name_a_script, {"script"}),
        (lambda pdf: act(pdf, S=Name.Launch, F=String("/bin/sh")), {"action"}),
        (lambda pdf: act(pdf, S=Name.GoToR, F=Dictionary(Type=Name.Filespec, UF=String("x.pdf"))), {"action", "outside_file"}),
        (load_a_stream, {"outside_file"}),
        (lambda pdf: pdf.pages.__delitem__(slice(0, None)), {"no_page"}),
    ],
)  # fmt: skip
def test_a_fault_made_by_hand_is_found_alone(change: Change, found: set[str]) -> None:
    assert codes(changed(change)) == found


def test_saving_alone_makes_no_fault() -> None:
    """The control of the changes by hand: opened, saved and nothing changed."""
    assert codes(changed(lambda _: None)) == set()


def test_an_encrypted_pdf_is_unfit_with_or_without_a_password_to_open() -> None:
    for user in ("", "secret"):
        locked = changed(lambda _: None, encryption=pikepdf.Encryption(owner="owner", user=user))
        assert codes(locked) == {"encrypted"}


@pytest.mark.parametrize("content", [b"", b"<html></html>", b"%PDF-1.7"])
def test_what_is_no_pdf_is_a_fault_and_no_crash(content: bytes) -> None:
    assert codes(content) == {"unreadable"}


def test_a_pdf_that_readers_must_repair_is_damaged() -> None:
    """One line more than its table of contents knows of: most readers cope, an archive should not have to."""
    plain = changed(lambda _: None, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    assert codes(plain) == set()
    assert codes(plain.replace(b"\n", b"\n%\n", 1)) == {"damaged"}


def test_the_limit_of_size_is_in_bytes() -> None:
    whole = faultless()
    assert codes(whole, limit=len(whole)) == set()
    assert codes(whole, limit=len(whole) - 1) == {"too_large"}


def test_the_error_names_the_file_and_every_fault() -> None:
    """Status 3: nothing is saved that is not fit to print."""
    page = BASE.replace(' alt="One square."', "").replace("th", "td")
    with pytest.raises(UnfitError) as caught:
        refuse_unfit("x.en.pdf", written(page), page, language="en", attachments=EMBEDDED)
    assert [str(problem).split(":")[0] for problem in caught.value.problems] == ["x.en.pdf"] * 2
    assert caught.value.exit_status == 3


def test_the_weeks_bulletin_is_fit(acceptance_issue: Path) -> None:
    pdf = next(acceptance_issue.glob("*.en.pdf")).read_bytes()
    faults = check_pdf(
        pdf, language="en", title="Solid-State Battery Weekly · 2025-W49", attachments=EMBEDDED
    )
    assert faults == []
