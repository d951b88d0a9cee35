"""What the service counts and times, in the text format of Prometheus.

One registry a worker process: a scrape reaches one of the workers, and ``worker`` tells which.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Edges of latency, from a cached answer to a pipeline over a million firms."""
SCORE_EDGES = (10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 100.0)
"""Match scores of what is shown: their distribution drifts before anybody complains."""


class Metrics:
    """The counters of one worker."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        registry = self.registry
        self.requests = Counter(
            "finmatch_requests_total",
            "Requests answered, by route, method and status.",
            ("route", "method", "status"),
            registry=registry,
        )
        self.latency = Histogram(
            "finmatch_request_seconds",
            "Time from the first byte in to the last byte out, by route.",
            ("route",),
            buckets=SECONDS,
            registry=registry,
        )
        self.stages = Histogram(
            "finmatch_stage_seconds",
            "Time spent in a stage of an answer.",
            ("stage",),
            buckets=SECONDS,
            registry=registry,
        )
        self.in_flight = Gauge(
            "finmatch_requests_in_flight", "Requests being answered.", registry=registry
        )
        self.refused = Counter(
            "finmatch_requests_refused_total",
            "Requests refused because of overload.",
            registry=registry,
        )
        self.candidates = Histogram(
            "finmatch_candidates",
            "Offers or needs that no rule kept out, for each ranked answer.",
            ("side",),
            buckets=(0, 10, 100, 1_000, 10_000, 100_000, 1_000_000),
            registry=registry,
        )
        self.excluded = Counter(
            "finmatch_excluded_total",
            "Pairs that a rule kept out of ranked answers.",
            ("rule",),
            registry=registry,
        )
        self.scores = Histogram(
            "finmatch_shown_score",
            "Match scores of what was shown, first place only.",
            ("side",),
            buckets=SCORE_EDGES,
            registry=registry,
        )
        self.events = Counter(
            "finmatch_events_total",
            "Events taken, by kind and outcome.",
            ("kind", "outcome"),
            registry=registry,
        )
        self.bundle = Gauge(
            "finmatch_bundle", "1 for the bundle that serves.", ("bundle",), registry=registry
        )
        self.change_lag = Gauge(
            "finmatch_change_lag_seconds",
            "Age of the oldest change of the store that is not searchable yet.",
            registry=registry,
        )
        worker = Gauge("finmatch_worker_info", "1 for this worker.", ("worker",), registry=registry)
        worker.labels(str(os.getpid())).set(1)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage of an answer."""
        begun = perf_counter()
        try:
            yield
        finally:
            self.stages.labels(name).observe(perf_counter() - begun)

    def text(self) -> bytes:
        """Return everything as Prometheus reads it."""
        return bytes(generate_latest(self.registry))
