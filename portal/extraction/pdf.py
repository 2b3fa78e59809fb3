"""PDF files, by pypdf."""

from __future__ import annotations

from typing import IO

from pypdf import PdfReader
from pypdf.errors import DependencyError, PyPdfError

from portal.extraction.limits import BROKEN, ENCRYPTED, Unreadable
from portal.extraction.pages import Enough, Pages


def read_pdf(stream: IO[bytes], pages: Pages) -> None:
    """One that anybody may open is read even if it is encrypted; a page that cannot be read stays blank."""
    try:
        reader = PdfReader(stream)
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable(ENCRYPTED)
        number = len(reader.pages)
    except (DependencyError, NotImplementedError) as error:  # a method of encryption that is not known
        raise Unreadable(ENCRYPTED, str(error)) from error
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise Unreadable(BROKEN, f"{type(error).__name__}: {error}") from error
    read = sum(_read_page(reader, place, pages) for place in range(number))
    if not read:
        raise Unreadable(BROKEN, "none of its pages can be read")


def _read_page(reader: PdfReader, place: int, pages: Pages) -> bool:
    try:
        text = reader.pages[place].extract_text()
    except (Enough, MemoryError):
        raise
    except Exception:  # whatever a broken page makes of the library; the others are still read
        pages.turn()
        return False
    pages.write(text)
    pages.turn()
    return True
