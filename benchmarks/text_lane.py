"""What the lane of meaning adds to a request, to opening and to memory.

    python -m benchmarks.text_lane [--firms 3000] [--offers 1200]

A model of the usual size is fitted on a generated world. Beside its prediction of 500 offers, by
every booster of a request, the parts of the lane are measured: reading a need's text, finding the
vector of a text that was read before, and the exact search among 20,000 offers. Everything is
processor time on one thread, of one run, medians over needs: read the ratios, not the milliseconds.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.big_world import NOW, POOL, fit, make_catalogue, pools
from benchmarks.request import cost
from data.catalogue import Catalogue
from features.encoder.bert import LightEncoder
from features.encoder.cache import VectorCache
from features.encoder.opening import EMBEDDED, encoder_folder
from matcher.index import VectorIndex, unit_rows
from matcher.matcher import Matcher
from matcher.text_lane import asked_part
from service.settings import read_settings

N_REQUESTS = 40
N_OFFERS = 20_000
MEBIBYTE = 2**20


def main() -> None:
    """Fit, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--firms", type=int, default=3_000)
    parser.add_argument("--offers", type=int, default=1_200)
    arguments = parser.parse_args()
    folder = Path(encoder_folder(EMBEDDED, cache=read_settings().cache))
    with threadpool_limits(1):
        encoder = open_measured(folder)
        measure(make_catalogue(arguments.firms, arguments.offers, None), encoder)
    assert "torch" not in sys.modules


def open_measured(folder: Path) -> LightEncoder:
    """Open the encoder, and print what that and the first text cost."""
    resident, started = resident_bytes(), time.process_time()
    encoder = LightEncoder(folder)
    opened = time.process_time()
    encoder.encode(["芯片"])
    grown = (resident_bytes() - resident) / MEBIBYTE
    print(f"open: {opened - started:.2f} s, and with one text {grown:.0f} MiB of memory")
    return encoder


def resident_bytes() -> int:
    """Return how much memory this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def measure(catalogue: Catalogue, encoder: LightEncoder) -> None:
    """Print what each part of the lane costs beside a prediction."""
    model, queries, needs = fit(catalogue)
    firm, other, n = model.firm_side, model.institution_side, N_REQUESTS
    assert other is not None
    reader = Matcher(model, catalogue).market.seekers
    ids = [catalogue.needs.ids.ids[need] for need in needs[:n].tolist()]
    texts = [reader.read(key, on=NOW.date()).text for key in ids]
    rows = [pools(model.features, queries.take(needs[[at]])) for at in range(n)]
    kept = VectorCache(encoder)
    heads = [asked_part(text) for text in texts]
    vectors = kept.encode(heads)
    rng = np.random.default_rng(0)
    offers = rng.standard_normal((N_OFFERS, vectors.shape[1]), np.float32)
    index = VectorIndex.build(unit_rows(offers))
    costs = {
        f"predict {POOL} offers": cost(lambda i: (firm.score(rows[i]), other.score(rows[i])), n),
        "read a need, its head": cost(lambda i: encoder.encode([heads[i]]), n),
        "read a need, all of it": cost(lambda i: encoder.encode([texts[i]]), n),
        "find a text read before": cost(lambda i: kept.encode([heads[i]]), n),
        f"search {N_OFFERS:,} offers": cost(lambda i: index.search(vectors[i : i + 1], POOL), n),
    }
    letters = [float(np.median([len(text) for text in found])) for found in (heads, texts)]
    print(f"letters of a need, median: {letters[0]:.0f} of {letters[1]:.0f}")
    predicted = next(iter(costs.values()))
    for name, found in costs.items():
        ratio = np.median(found) / np.median(predicted)
        print(f"{name:24} {np.median(found):7.2f} ms {ratio:7.2f} x predict")


if __name__ == "__main__":
    main()
