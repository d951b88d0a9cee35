"""Telling persons from organisations by name alone, where the name leaves no doubt."""

from __future__ import annotations

import re

import pyarrow as pa

from data import columns as col
from data.importers.record_tables import column_of

_ORGANISATION_WORDS_TEXT = """
    accelerator advisers advisors agency alliance angels asset associates association
    authority bank banking biotech bioventures board bv capital center centre city club co
    co. college commission communications community companies company consortium corp corp.
    corporate corporation council department development digital endowment energy enterprise
    enterprises entertainment equities equity family finance financial finanziaria fonds
    foundation founders fund funding funds gestion global gmbh government group groupe
    growth health healthcare holding holdings hospital inc inc. incubator industries
    innovation innovations institute insurance international invest investing investissement
    investment investments investors kapital lab labs life limited llc llp lp ltd ltd.
    management media medical ministry network networks office organization partner partners
    partnership pension pharma pharmaceuticals plc private program research sa sarl sas
    savings science sciences securities seed services sicar software solutions spa startup
    state strategic studio studios syndicate systems tech technologies technology telecom
    trust trustees university vc vct venture ventures
"""
ORGANISATION_WORDS = frozenset(_ORGANISATION_WORDS_TEXT.split())
"""A name with one of these words is an organisation."""

_GIVEN_NAMES_TEXT = """
    aaron adam adrian al alan albert alex alexander alexandre ali allen amit anders andre
    andrea andreas andrew andy anil anne anthony antonio ari ariel barry ben benjamin
    bernard bill bob bobby brad brent brett brian bruce bruno bryan carl carlos charles
    chris christian christoph christopher chuck colin craig dale dan daniel danny darren
    dave david dean denis dennis derek diane diego dmitry don donald doug douglas drew ed
    eduardo edward elliot eric erik evan eyal felix francesco francisco frank fred gabriel
    gary geoff george gerry gordon graham greg gregory guy harry henry howard ian igor jack
    jacob jaime jake james jamie jan jared jason javier jay jean jeff jeffrey jennifer
    jeremy jerry jesse jim jody joe joel john jon jonas jonathan jose joseph josh joshua
    juan julian justin karl keith ken kenneth kevin klaus krishna kyle larry lars laurent
    lawrence linda lisa louis lucas luis luke marc marco maria mark martin mary matt matthew
    maurice max michael michel mike mitch moshe nancy nathan neil nicholas nick nicolas
    oliver olivier paolo pascal patrick paul pete peter phil philip philippe pierre rachel
    rahul ralph ravi ray raymond rebecca richard rick rob robert roger ron ronald ross roy
    russell ryan sam sanjay sarah scott sean sergey seth shane shawn simon stefan stephan
    stephen steve steven stuart sunil susan ted terry thomas tim timothy todd tom tony
    travis vince vishal walter wayne will william yuval zach
"""
GIVEN_NAMES = frozenset(_GIVEN_NAMES_TEXT.split())
"""Given names that are frequent in English-language business records."""

CHINESE_ORGANISATION = re.compile(
    "资本|基金|创投|投资(?!人)|集团|公司|银行|证券|信托|保险|控股|股份|合伙|科技|网络|传媒|加速器|孵化"
)
"""A Chinese name with one of these is an organisation."""

CHINESE_PERSON = re.compile("(天使)?投资人|个人|先生$|女士$")
"""A Chinese name with one of these is a person."""

MOST_WORDS_OF_A_PERSON = 3
SHORTEST_PERSON = 2

_WORD = re.compile(r"[^\s_,]+")
_LETTERS = re.compile(r"[^\W\d_][\w.'’-]*")


def natural_person(name: str) -> bool | None:
    """Return whether ``name`` is that of a person; ``None`` where the name alone does not tell.

    A person has two or three words of letters, the first of which is a frequent given name, and
    no word of an organisation. An organisation has such a word, a digit or an ampersand. Chinese
    names tell it only where they say so (``天使投资人…``, ``…资本``).
    """
    if CHINESE_PERSON.search(name):
        return True
    if CHINESE_ORGANISATION.search(name):
        return False
    words = [word.lower() for word in _WORD.findall(name)]
    if any(w in ORGANISATION_WORDS or w == "&" or any(c.isdigit() for c in w) for w in words):
        return False
    if not SHORTEST_PERSON <= len(words) <= MOST_WORDS_OF_A_PERSON:
        return None
    lettered = all(_LETTERS.fullmatch(word) for word in words)
    return True if lettered and words[0] in GIVEN_NAMES else None


def natural_persons(names: pa.StringArray) -> pa.BooleanArray:
    """Return :func:`natural_person` of each name."""
    return pa.array([natural_person(name) for name in names.to_pylist()], type=pa.bool_())


def with_persons(institutions: pa.Table) -> pa.Table:
    """Return a table of institutions with :func:`natural_person` of their names."""
    at = institutions.column_names.index(col.NATURAL_PERSON)
    persons = natural_persons(column_of(institutions, col.NAME))
    return institutions.set_column(at, institutions.schema.field(at), persons)
