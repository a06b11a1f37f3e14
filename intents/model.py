"""Where the trained model lives, whether it is still the right one, and how it comes back."""

import fcntl
import hashlib
import json
import pickle
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from intents.catalogue import Catalogue
from intents.curves import Curve
from intents.encoder.adapter import Adapter
from intents.encoder.kept import KeptVectors
from intents.encoder.weights import weights_file
from intents.examples import UTTERANCES, fingerprint, load_examples
from intents.train import train
from intents.understanding import Understanding

if TYPE_CHECKING:
    from intents.encoder.sentence import SentenceEncoder

FORMAT = 14
"""Raised when the code reads a model differently: an older one is then trained anew."""


@dataclass(frozen=True)
class Model:
    """A model ready to serve, its version (a hash of what it was trained from), thresholds and held-out figures.

    ``catalogue``: the fingerprint of the topics that it knows; empty when an older service wrote it.  ``curves``: what moving a
    threshold trades (see intents.curves); none when an older service wrote it.
    """

    understanding: Understanding
    version: str
    thresholds: dict[str, float]
    figures: dict[str, float]
    catalogue: str = ""
    curves: dict[str, Curve] = field(default_factory=dict)


class ModelStore:
    """Keeps the model and the converted sentence model in a folder.

    Args:
        folder: made when it does not exist.
        utterances: the example files.
        use_vectors: whether to use the sentence model where it can be had.
    """

    def __init__(self, folder: Path, utterances: Path = UTTERANCES, use_vectors: bool = True) -> None:
        self.folder, self.utterances, self.use_vectors = folder, utterances, use_vectors
        self._adapter = Adapter()

    @property
    def _pickle(self) -> Path:
        return self.folder / "model.pickle"

    @property
    def _facts(self) -> Path:
        return self.folder / "model.json"

    @property
    def _encoder_folder(self) -> Path:
        return self.folder / f"encoder-{FORMAT}-{self._adapter.version}"

    def wanted_version(self, catalogue: Catalogue, taught: Sequence[tuple[str, str]] = ()) -> str:
        """The version that a model trained now would have."""
        meaning = f"{self._adapter.version}-vectors" if self.use_vectors and weights_file() else "words"
        return f"{FORMAT}-{fingerprint(catalogue, self.utterances, taught)}-{meaning}"

    def stamp(self) -> int:
        """A number that changes whenever a model is stored; 0 when there is none."""
        try:
            return self._facts.stat().st_mtime_ns
        except OSError:
            return 0

    @contextmanager
    def training_alone(self) -> Iterator[bool]:
        """Whether nobody else on this machine trains into the folder; holds until the end of the block."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "training.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                yield False
                return
            yield True

    def stored_version(self) -> str | None:
        """The version of the model that lies there; None when there is none."""
        facts = self._sound_facts()
        return str(facts["version"]) if facts else None

    def _sound_facts(self) -> dict[str, Any] | None:
        try:
            facts: dict[str, Any] = json.loads(self._facts.read_text(encoding="utf-8"))
            kept = hashlib.sha256(self._pickle.read_bytes()).hexdigest()
            return facts if facts["version"] and kept == facts["sha256"] else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def fits(self, catalogue: Catalogue) -> bool:
        """Whether the stored model was trained from the topics and utterances that there are now, whatever was taught since.

        What is taught takes effect beside the model (see intents.taught): a start need not train for it.
        """
        facts = self._sound_facts()
        return facts is not None and facts.get("untaught", facts["version"]) == self.wanted_version(catalogue)

    def load(self) -> Model:
        """The stored model; ``Understanding.warm`` makes it quick in the process that serves.

        Raises:
            FileNotFoundError: there is none.
        """
        facts = json.loads(self._facts.read_text(encoding="utf-8"))
        with self._pickle.open("rb") as file:
            understanding: Understanding = pickle.load(file)
        understanding.analyser.encoder = self._encoder() if facts["version"].endswith("-vectors") else None
        named = facts.get("catalogue", ""), facts.get("curves", {})
        return Model(understanding, facts["version"], facts["thresholds"], facts["figures"], *named)

    def _encoder(self) -> "SentenceEncoder":
        from intents.encoder.sentence import SentenceEncoder

        return SentenceEncoder(self._encoder_folder)

    def _prepare_encoder(self, tell: Callable[[str], None]) -> None:
        source = weights_file()
        if source and not (self._encoder_folder / "pieces.json").exists():
            from intents.encoder.convert import convert

            tell("转换句子模型……")
            convert(source, self._encoder_folder, self._adapter)

    def train(self, catalogue: Catalogue, tell: Callable[[str], None], taught: Sequence[tuple[str, str]] = ()) -> Model:
        """Train, store and give back the model; whoever serves the old one meanwhile is not disturbed."""
        version = self.wanted_version(catalogue, taught)
        self.folder.mkdir(parents=True, exist_ok=True)
        encoder = kept = None
        if version.endswith("-vectors"):
            self._prepare_encoder(tell)
            encoder = self._encoder()
            kept = KeptVectors(encoder, self._encoder_folder / "vectors.npz")
        trained = train(catalogue, load_examples(catalogue, self.utterances, taught), kept, tell)
        if kept:
            kept.keep()
        trained.understanding.analyser.encoder = None
        pickled = pickle.dumps(trained.understanding, protocol=5)
        _replace(self._pickle, pickled)
        facts = {
            "version": version,
            "untaught": self.wanted_version(catalogue),
            "catalogue": catalogue.fingerprint,
            "sha256": hashlib.sha256(pickled).hexdigest(),
            "thresholds": trained.thresholds,
            "figures": trained.figures,
            "curves": trained.curves,
        }
        _replace(self._facts, json.dumps(facts, ensure_ascii=False, indent=1).encode())
        trained.understanding.analyser.encoder = encoder
        named = catalogue.fingerprint, trained.curves
        return Model(trained.understanding, version, trained.thresholds, trained.figures, *named)

    def current(
        self, catalogue: Catalogue, tell: Callable[[str], None], taught: Sequence[tuple[str, str]] | None = None
    ) -> Model:
        """The stored model when it was trained from what there is now, else a newly trained one.

        Args:
            taught: what it must have been taught, exactly; None for whatever it was.
        """
        fits = self.fits(catalogue) if taught is None else self.stored_version() == self.wanted_version(catalogue, taught)
        if fits:
            try:
                return self.load()
            except (pickle.UnpicklingError, EOFError, OSError, AttributeError, ImportError, KeyError, ValueError) as error:
                tell(f"存着的模型读不了（{type(error).__name__}），重新训练")
        return self.train(catalogue, tell, taught or ())


def _replace(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old content or the new, never half of it."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as scratch:
        scratch.write(content)
    Path(scratch.name).replace(path)
