"""HTML → PDF bytes. The only user of WeasyPrint."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from types import ModuleType
from typing import Any
from urllib.parse import unquote

from reporter.bulletin import archive
from reporter.bulletin.fonts import FONTS, faces
from reporter.errors import MachineError, RenderError

SCHEME = "asset:"
INSTALL = "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHOWN = 160  # a record that names a picture holds the whole picture


@dataclass(frozen=True, slots=True)
class Embedded:
    """A file carried inside the PDF."""

    name: str
    content: bytes
    description: str


def render_pdf(
    html: str, *, identifier: bytes, created: datetime | None = None, embedded: Sequence[Embedded] = ()
) -> bytes:
    """Yields the PDF of a printable page, as PDF/A-3a and PDF/UA-1; the same arguments give the same bytes.

    Title, language and author come from the page, its date is `created`, and `embedded` files are carried
    inside. RenderError when the page asks for anything but the
    package's fonts and `data:`, or when something would be lost (a glyph, a picture, a rule of the
    style); MachineError when the machine lacks a library.
    """
    weasyprint = load()
    with _faults() as faults, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "No fonts configured")  # the page brings its own
        warnings.simplefilter("ignore", ResourceWarning)  # WeasyPrint leaves its colour profile to be closed
        try:
            fetcher = _fetcher(weasyprint)
            page = weasyprint.HTML(string=html, url_fetcher=fetcher, base_url=SCHEME)
            fonts = weasyprint.text.fonts.FontConfiguration()
            style = weasyprint.CSS(string=font_faces(html), font_config=fonts, url_fetcher=fetcher)
            document = page.render(font_config=fonts, stylesheets=[style], pdf_variant=archive.VARIANT)
            _describe(document.metadata, weasyprint, created, embedded)
            pdf: bytes = document.write_pdf(
                pdf_variant=archive.VARIANT, pdf_identifier=identifier, finisher=archive.finish
            )
        except weasyprint.urls.FatalURLFetchingError as error:
            raise RenderError(_short(str(error))) from None
        except RenderError:
            raise
        except Exception as error:  # whatever it is, it is told as one line; the cause stays for --debug
            raise RenderError(f"the page could not be laid out: {_short(repr(error))}") from error
    if faults:
        raise RenderError("the page would be printed with faults: " + "; ".join(dict.fromkeys(faults)))
    return pdf


def font_faces(html: str) -> str:
    """Yields the style sheet of the bundled fonts that a page needs."""
    return "".join(
        f'@font-face {{ font-family: "{face.family}"; font-weight: {face.weight};'
        f' src: url("{SCHEME}{face.file}"); }}\n'
        for face in faces(html)
    )


def _describe(metadata: Any, weasyprint: Any, created: datetime | None, embedded: Sequence[Embedded]) -> None:
    """Adds to a document what its page does not say. Dates are the issue's: no clock is read."""
    if metadata.attachments:
        raise RenderError("the page may not load attachments: only the issue's own files are carried inside")
    moment = created or EPOCH
    metadata.generate_rdf_metadata = archive.marked(metadata.generate_rdf_metadata)
    if created is not None:
        metadata.created = metadata.modified = created.isoformat(timespec="seconds")
    metadata.attachments = [
        weasyprint.Attachment(
            string=file.content,
            name=file.name,
            description=file.description,
            created=moment,
            modified=moment,
            relationship="Data",
        )
        for file in embedded
    ]


def load() -> ModuleType:
    """Yields WeasyPrint, complete: without harfbuzz-subset it writes slowly and differently each time."""
    try:
        # what it prints and warns of as it is imported: a banner before the error; a machine without fonts
        with warnings.catch_warnings(), redirect_stdout(StringIO()):
            warnings.simplefilter("ignore")
            import weasyprint
            import weasyprint.text.fonts
            import weasyprint.urls
            from weasyprint.text import ffi
    except OSError as error:
        missing = str(error).split("\n")[0]
        raise MachineError(f"a library for making PDFs is missing ({missing}); {INSTALL}") from None
    if ffi.harfbuzz_subset is None:
        raise MachineError(f"the library harfbuzz-subset is missing; {INSTALL}")
    module: ModuleType = weasyprint
    return module


def _fetcher(weasyprint: Any) -> Any:
    """Yields a fetcher that opens fonts of the package and `data:`, and stops at everything else."""

    class Assets(weasyprint.urls.URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> Any:
            if url.startswith("data:"):
                return super().fetch(url, headers)
            path = (FONTS / unquote(url.removeprefix(SCHEME))).resolve()
            if not url.startswith(SCHEME) or not path.is_relative_to(FONTS) or not path.is_file():
                raise weasyprint.urls.FatalURLFetchingError(f"the page may not load {url!r}")
            return weasyprint.urls.URLFetcherResponse(url, path.read_bytes(), {"Content-Type": "font/ttf"})

    return Assets(allowed_protocols=("data",), allow_redirects=False)


@contextmanager
def _faults() -> Iterator[list[str]]:
    """Collects what WeasyPrint logs as a warning or worse."""
    found: list[str] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(_short(record.getMessage()))

    logger, collector = logging.getLogger("weasyprint"), Collector(logging.WARNING)
    level, propagate = logger.level, logger.propagate
    logger.addHandler(collector)
    logger.setLevel(logging.WARNING)
    logger.propagate = False  # told once, by the error
    try:
        yield found
    finally:
        logger.removeHandler(collector)
        logger.setLevel(level)
        logger.propagate = propagate


def _short(message: str) -> str:
    return message if len(message) <= _SHOWN else message[: _SHOWN - 1] + "…"
