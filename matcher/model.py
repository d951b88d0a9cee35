"""The match model: everything that serving needs of what training made, in memory and in a bundle.

It holds the fitted features, a ranker and a calibration for each direction, the retrieval indexes
and the scale of the match score. It knows nothing of the store: that is :mod:`matcher.matcher`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.errors import ArgumentError, BundleDamagedError, BundleMissingError
from features import state
from features.encoder.protocol import TextEncoder
from features.items import Items
from features.pairs import PairFeatures
from features.spec import FeatureList
from matcher.bundle import Bundle
from matcher.calibration import Calibrator
from matcher.direction import Direction
from matcher.ranker import RankerEnsemble
from matcher.retrieval import POOL_SIZE, LaneWeights, Retriever
from matcher.scale import MatchScale
from matcher.text_lane import TextLane

FEATURES_FOLDER = "features"
RETRIEVAL_FOLDER = "retrieval"
FIRM_FOLDER = "firm"
INSTITUTION_FOLDER = "institution"
MODEL_FILE = "model.json"


class MatchModel:
    """A trained model.

    Parameters
    ----------
    features
        Fitted on the history before the model's date; its items are what is ranked.
    firm_side
        Orders offers for a need.
    institution_side
        Orders needs for an offer; ``None`` leaves that half to the firm side.
    retriever
        Chooses the pools; by default over the content model and the past alone.
    scale
        Of the match score.
    pool_size
        Offers, or needs, that are ordered.
    version
        Shown with every ranked response.
    """

    def __init__(
        self,
        features: PairFeatures,
        firm_side: Direction,
        institution_side: Direction | None = None,
        *,
        retriever: Retriever | None = None,
        scale: MatchScale | None = None,
        pool_size: int = POOL_SIZE,
        version: str = "unversioned",
    ) -> None:
        self.features = features
        self.feature_list: FeatureList = features.features
        self.firm_side = firm_side
        self.institution_side = institution_side
        self.retriever = retriever or Retriever.build(features)
        self.scale = scale or MatchScale()
        self.pool_size = pool_size
        self.version = version

    @classmethod
    def from_parts(
        cls,
        features: PairFeatures,
        firm_ranker: RankerEnsemble,
        firm_calibrator: Calibrator,
        *,
        institution_ranker: RankerEnsemble | None = None,
        institution_calibrator: Calibrator | None = None,
        institution_pool: NDArray[np.float64] | None = None,
        texts: Sequence[str] | None = None,
        text_lane: TextLane | None = None,
        lanes: LaneWeights | None = None,
        scale: MatchScale | None = None,
        pool_size: int = POOL_SIZE,
        version: str = "unversioned",
    ) -> MatchModel:
        """Put together what training fitted.

        Parameters
        ----------
        features
            Fitted up to the model's date.
        firm_ranker, firm_calibrator
            Of the direction need → offers.
        institution_ranker, institution_calibrator
            Of the direction offer → needs; both or neither.
        institution_pool
            Raw scores of a usual pool of that direction, :func:`matcher.direction.typical_pool`.
        texts
            What each offer says, :func:`matcher.retrieval.offer_texts`.
        text_lane
            The offers by meaning.
        lanes, scale, pool_size, version
            As of :class:`MatchModel` and :class:`~matcher.retrieval.Retriever`.

        Raises
        ------
        ArgumentError
            One of the institution side's parts is missing.
        """
        if (institution_ranker is None) != (institution_calibrator is None):
            raise ArgumentError(
                "The institution side needs a ranker and a calibrator, or neither.",
                field="institution_calibrator",
            )
        names = features.features.names
        institution_side = None
        if institution_ranker is not None and institution_calibrator is not None:
            institution_side = Direction(
                institution_ranker, institution_calibrator, names, typical_pool=institution_pool
            )
        return cls(
            features,
            Direction(firm_ranker, firm_calibrator, names),
            institution_side,
            retriever=Retriever.build(features, texts, weights=lanes, text=text_lane),
            scale=scale,
            pool_size=pool_size,
            version=version,
        )

    @property
    def items(self) -> Items:
        """The offers that are ranked, by item number."""
        return self.features.items_

    def fingerprint(self) -> str:
        """Return the feature list as a bundle's manifest records it."""
        return self.feature_list.fingerprint()

    def save(self, folder: Path) -> None:
        """Write the model into ``folder``, such as the one :func:`write_bundle` yields."""
        state.dump(self.features, folder / FEATURES_FOLDER)
        self.retriever.save(folder / RETRIEVAL_FOLDER)
        self.firm_side.save(folder / FIRM_FOLDER)
        if self.institution_side is not None:
            self.institution_side.save(folder / INSTITUTION_FOLDER)
        content = {
            "scale": asdict(self.scale),
            "lanes": asdict(self.retriever.weights),
            "pool_size": self.pool_size,
            "two_sided": self.institution_side is not None,
        }
        (folder / MODEL_FILE).write_text(json.dumps(content), encoding="utf-8")

    @classmethod
    def load(cls, bundle: Bundle, *, encoder: TextEncoder | None = None) -> MatchModel:
        """Read the model of a bundle that :func:`matcher.bundle.open_bundle` found whole.

        Parameters
        ----------
        bundle
            Opened.
        encoder
            Of what needs say, the one that the model was trained with; without it the lane of
            meaning is left out.

        Raises
        ------
        BundleMissingError
            The bundle holds no match model.
        BundleDamagedError, BundleForeignError
            A part cannot be read, or was made with other features than this version computes.
        """
        path = bundle.path
        try:
            content = json.loads((path / MODEL_FILE).read_text(encoding="utf-8"))
            scale, lanes = MatchScale(**content["scale"]), LaneWeights(**content["lanes"])
            pool_size, two_sided = int(content["pool_size"]), bool(content["two_sided"])
        except FileNotFoundError:
            raise BundleMissingError(
                f"The bundle {path} holds no match model.",
                field=MODEL_FILE,
                remedy="Train one, or choose another bundle.",
            ) from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BundleDamagedError(
                f"The bundle {path} is damaged: {MODEL_FILE} cannot be read.",
                field=MODEL_FILE,
                remedy="Train again or restore the bundle.",
            ) from error
        features = state.load(path / FEATURES_FOLDER)
        names = features.features
        bundle.check_features(names.fingerprint())
        institution = path / INSTITUTION_FOLDER
        return cls(
            features,
            Direction.load(path / FIRM_FOLDER, names.names),
            Direction.load(institution, names.names) if two_sided else None,
            retriever=Retriever.load(
                features, path / RETRIEVAL_FOLDER, weights=lanes, encoder=encoder
            ),
            scale=scale,
            pool_size=pool_size,
            version=bundle.manifest.fields.model_version,
        )
