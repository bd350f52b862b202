"""What each app adds to the bench: one module an app, with any of

- ``prepare(world)``: what there is once, before anything grows;
- ``grow(world, numbers)``: the rows numbered so, a batch at a time; what a later app needs stays in ``world.batch``;
- ``LISTS``: its ``ListPage``s, ``PAGES``: its ``RecordPage``s – measured at 1,000 rows and at the full size;
- ``figures(world)``: everything else, as ``{name: measuring.figure(…)}``.

A new app is a new module, named here after the apps it builds on.
"""

from . import accounts, budget, campaigns, dashboard, materials, people, visits

PARTS = (people, campaigns, budget, materials, accounts, visits, dashboard)

__all__ = ["PARTS"]
