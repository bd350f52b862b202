"""Visits and their reports, and what takes people there: vehicles, journeys, guests."""

from .hospitality import Hospitality, HospitalityRule
from .travel import TravelClaim, TravelRule
from .vehicles import Driver, Vehicle, VehicleRequest, VehicleRule
from .visits import (
    AppointmentCall,
    DayTemplateStep,
    ReportRule,
    Visit,
    VisitPhoto,
    VisitReport,
    label_of,
)

__all__ = [
    "AppointmentCall",
    "DayTemplateStep",
    "Driver",
    "Hospitality",
    "HospitalityRule",
    "ReportRule",
    "TravelClaim",
    "TravelRule",
    "Vehicle",
    "VehicleRequest",
    "VehicleRule",
    "Visit",
    "VisitPhoto",
    "VisitReport",
    "label_of",
]
