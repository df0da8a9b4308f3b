"""Procedures (交易方式): one module each, the same shape, found by code."""

from collections.abc import Mapping

from trading.rules.procedures import auction, listing, reverse
from trading.rules.procedures.shape import Procedure

PROCEDURES: Mapping[str, Procedure] = {
    procedure.code: procedure
    for procedure in (listing.PROCEDURE, auction.PROCEDURE, reverse.PROCEDURE)
}
