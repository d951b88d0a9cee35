"""All products in one numbered list, by kind of need."""

from __future__ import annotations

from types import MappingProxyType

from data.demo.material.bank_products import BANK
from data.demo.material.cover_products import GUARANTEE, INSURANCE
from data.demo.material.product import Product, Shelf
from data.demo.material.service_products import SERVICE
from data.records import InstitutionKind, NeedKind

KINDS: tuple[NeedKind, ...] = tuple(NeedKind)
INSTITUTION_OF: MappingProxyType[NeedKind, InstitutionKind] = MappingProxyType(
    {
        NeedKind.DEBT: InstitutionKind.BANK,
        NeedKind.EQUITY: InstitutionKind.FUND,
        NeedKind.GUARANTEE: InstitutionKind.GUARANTOR,
        NeedKind.INSURANCE: InstitutionKind.INSURER,
        NeedKind.SERVICE: InstitutionKind.SERVICE_PROVIDER,
    }
)
SHELVES: MappingProxyType[NeedKind, Shelf] = MappingProxyType(
    {shelf.kind: shelf for shelf in (BANK, GUARANTEE, INSURANCE, SERVICE)}
)
"""Products of the four kinds that sell from a shelf; fund mandates are drawn freely."""

PRODUCTS: tuple[Product, ...] = tuple(
    product for shelf in SHELVES.values() for product in shelf.products
)
FIRST_PRODUCT: MappingProxyType[NeedKind, int] = MappingProxyType(
    {kind: PRODUCTS.index(shelf.products[0]) for kind, shelf in SHELVES.items()}
)
NO_PRODUCT = -1
