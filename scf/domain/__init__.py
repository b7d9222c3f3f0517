"""The rules of supply-chain finance, and nothing else.

Invariants of this package
--------------------------
* No Django, no database, no network, no clock: time comes in as an argument.
* Values go in, values come out; every dataclass is frozen.
* Money is whole minor units; rates and fractions are Decimal; never float.
* A refusal is a DomainError with a stable code; anything else is a defect.

Reading order: errors, money, calendars, daycount, interest, schedule;
then the deciders: waterfall, valuation, eligibility, routing.
"""
