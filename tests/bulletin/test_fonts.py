"""The bundled fonts are the ones named, and have the letters that `letters.json` says."""

from __future__ import annotations

import pytest
from fontTools.ttLib import TTFont

from reporter.bulletin import fonts
from reporter.bulletin.fonts import EAST_ASIAN_FACES, FONTS, LATIN_FACES, Face, faces, missing_letters


@pytest.mark.parametrize("face", [*LATIN_FACES, *EAST_ASIAN_FACES], ids=lambda face: face.file)
def test_every_face_is_a_static_file_of_its_family_and_weight(face: Face) -> None:
    with TTFont(FONTS / face.file, lazy=True) as font:
        assert "fvar" not in font
        assert font["OS/2"].usWeightClass == face.weight
        family = font["name"].getBestFamilyName()
        assert family is not None
        assert family.startswith(face.family)


@pytest.mark.parametrize("name", ["Inter", "NotoSansSC"])
def test_the_letters_known_are_those_of_the_files(name: str) -> None:
    with TTFont(FONTS / f"{name}-Regular.ttf", lazy=True) as font:
        assert fonts._letters(name) == set(font.getBestCmap())


def test_both_weights_of_chinese_have_the_same_letters() -> None:
    maps = []
    for face in EAST_ASIAN_FACES:
        with TTFont(FONTS / face.file, lazy=True) as font:
            maps.append(set(font.getBestCmap()))
    assert maps[0] == maps[1]


def test_chinese_faces_are_loaded_only_for_a_page_with_such_letters() -> None:
    assert faces("Li₂S ▲ 2,050 yuan/kg – “quoted”") == LATIN_FACES
    assert faces("硫化锂") == (*LATIN_FACES, *EAST_ASIAN_FACES)


def test_a_letter_of_no_bundled_font_is_missing_once() -> None:
    assert missing_letters("Li₂S 硫化锂 輝能科技 한 한 🙂\u00ad") == ["한", "🙂"]
