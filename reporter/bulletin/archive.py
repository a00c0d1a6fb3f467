"""What makes a PDF fit for archives and screen readers: PDF/A-3a and PDF/UA-1 in one file.

WeasyPrint writes one of the two variants. PDF/A-3a is asked of it; PDF/UA-1 wants nothing more of the page
than that, but its mark in the metadata, for which PDF/A wants the mark's schema.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

VARIANT = "pdf/a-3a"
_UA = "http://www.aiim.org/pdfua/ns/id/"
_PDFA = "http://www.aiim.org/pdfa/ns"
_PDFUA_MARK = f"""\
<rdf:Description rdf:about="" xmlns:pdfuaid="{_UA}" pdfuaid:part="1"/>
<rdf:Description rdf:about="" xmlns:pdfaExtension="{_PDFA}/extension/"
 xmlns:pdfaSchema="{_PDFA}/schema#" xmlns:pdfaProperty="{_PDFA}/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification</pdfaSchema:schema>
<pdfaSchema:namespaceURI>{_UA}</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>the part of ISO 14289 that this file follows</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>
</rdf:RDF>""".encode()


def marked(metadata: Callable[..., bytes]) -> Callable[..., bytes]:
    """Yields the maker of a document's metadata, with the mark of PDF/UA-1 added to what it makes."""

    def with_mark(*arguments: Any) -> bytes:
        return metadata(*arguments).replace(b"</rdf:RDF>", _PDFUA_MARK)

    return with_mark


def finish(_document: Any, pdf: Any) -> None:
    """Mends what WeasyPrint has written, before it is saved.

    The metadata stay readable as text, each embedded file is named once (WeasyPrint names it twice), and
    each header cell says what it heads.
    """
    _object(pdf, pdf.catalog["Metadata"]).compress = False
    if "AF" in pdf.catalog:
        pdf.catalog["AF"][:] = list(dict.fromkeys(pdf.catalog["AF"]))
    _scope_headers(pdf)


def _scope_headers(pdf: Any) -> None:
    """Says of each header cell whether it heads its row or its column.

    WeasyPrint leaves it to each cell of the table to name the cells that head it.
    """
    for row in pdf.objects:
        if isinstance(row, dict) and row.get("S") == "/TR":
            cells = [_object(pdf, reference) for reference in row["K"]]
            named = {header for cell in cells for header in cell["A"].get("Headers", ())}
            for cell in cells:
                if cell["S"] == "/TH":
                    cell["A"]["Scope"] = "/Row" if cell["ID"] in named else "/Column"


def _object(pdf: Any, reference: bytes) -> Any:
    """Yields the object of a reference, `12 0 R`."""
    return pdf.objects[int(reference.split()[0])]
