"""What is supplied: materials and their stock, kits, and the requests for them."""

from .extras import MaterialExtra, MaterialExtraLine
from .items import Material, MaterialFile
from .kits import Kit, KitLine
from .requisitions import ApprovalRule, Handover, HandoverLine, Requisition, RequisitionLine
from .stock import Loan, Need, StockMove, Stocktake, StocktakeLine

__all__ = [
    "ApprovalRule",
    "Handover",
    "HandoverLine",
    "Kit",
    "KitLine",
    "Loan",
    "Material",
    "MaterialExtra",
    "MaterialExtraLine",
    "MaterialFile",
    "Need",
    "Requisition",
    "RequisitionLine",
    "StockMove",
    "Stocktake",
    "StocktakeLine",
]
