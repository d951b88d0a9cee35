"""``finmatch meaning``."""

from __future__ import annotations


def test_wording_alone(finmatch):
    document = finmatch("meaning", "--encoder", "off", "--json").json
    assert document["encoder"] is None
    assert set(document["chinese"]) == {"tfidf", "bm25"}
    table = finmatch("meaning", "--encoder", "off")
    assert "Chinese" in table.out
    assert "The encoder is off" in table.err


def test_an_encoder_that_does_not_exist(finmatch):
    outcome = finmatch("meaning", "--encoder", "/nowhere/at/all")
    assert outcome.code != 0
    assert "There is no encoder '/nowhere/at/all'" in outcome.error


def test_a_wrong_encoder_stops_what_would_use_it(finmatch, own_demo_home, monkeypatch):
    monkeypatch.setenv("FINMATCH_ENCODER", "/nowhere/at/all")
    outcome = finmatch("train", "--home", str(own_demo_home))
    assert outcome.code != 0
    assert "There is no encoder" in outcome.error
