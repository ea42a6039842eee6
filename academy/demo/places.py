"""Generates addresses in the formats of their countries, and telephone numbers that are not in use.

The numbers come from the ranges that regulators reserve for fiction.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Town:
    """`codes` are postal codes or prefixes of them ("_" for a space); "#" in `landline` is a random digit."""

    city: str
    region: str
    codes: list[str]
    landline: str


@dataclass(frozen=True)
class Country:
    """`street`, `flat` and `code` are patterns; "#" stands for a random digit, "@" for a letter of British postal codes."""

    name: str
    street: str
    flat: str
    code: str
    mobile: list[str]
    streets: list[str]
    towns: list[Town]


def _town(line: str) -> Town:
    city, region, codes, landline = (part.strip() for part in line.split("|"))
    return Town(city, region, codes.split(), landline)


def _country(name: str, street: str, flat: str, code: str, mobile: str, streets: str, towns: str) -> Country:
    return Country(
        name,
        street,
        flat,
        code,
        mobile.split("; "),
        streets.split("; "),
        [_town(line) for line in towns.strip().splitlines()],
    )


COUNTRIES: dict[str, Country] = {
    "GB": _country(
        "United Kingdom",
        "{number} {street}",
        "Flat {flat}",
        "{code} #@@",
        "+44 7700 900###",
        "Station Road; Church Lane; Mill Street; Victoria Terrace; Park Avenue; Otley Road; Queen's Drive; "
        "Chapel Allerton Way; The Crescent; Kirkgate; Beech Grove; St Mary's Close; Harbour View; Moorland Rise; "
        "Weavers Court; Canal Walk; King Street; Orchard Gardens",
        """
        Leeds | West Yorkshire | LS6 LS7 LS8 LS16 LS17 | +44 113 496 0###
        Sheffield | South Yorkshire | S7 S8 S10 S11 | +44 114 496 0###
        Manchester | Greater Manchester | M14 M20 M21 | +44 161 496 0###
        Bristol | | BS3 BS5 BS7 | +44 117 496 0###
        London | | SE15 N16 E17 SW9 | +44 20 7946 0###
        Birmingham | West Midlands | B13 B14 B17 | +44 121 496 0###
        Edinburgh | | EH3 EH9 EH10 | +44 131 496 0###
        Cardiff | | CF11 CF14 CF24 | +44 29 2018 0###
        Belfast | | BT5 BT7 BT9 | +44 28 9649 6###
        """,
    ),
    "IE": _country(
        "Ireland",
        "{number} {street}",
        "Apartment {flat}",
        "{code} ",
        "+353 20 91# ####",
        "Main Street; Patrick Street; The Quay; Bóthar na Trá; Strand Road; Ard na Gréine; Griffith Avenue; "
        "Sea Road; Chapel Hill; Taylor's Hill",
        """
        Dublin | Co. Dublin | D06 D09 D14 | +353 20 91# ####
        Cork | Co. Cork | T12 T23 | +353 20 91# ####
        Galway | Co. Galway | H91 | +353 20 91# ####
        Limerick | Co. Limerick | V94 | +353 20 91# ####
        """,
    ),
    "DE": _country(
        "Germany",
        "{street} {number}",
        "{flat}. Etage",
        "{code}",
        "+49 171 39200##; +49 176 040690##",
        "Hauptstraße; Gartenstraße; Lindenallee; Am Mühlbach; Goethestraße; Schillerplatz; Bäckergasse; "
        "An der Alten Eiche; Käthe-Kollwitz-Straße; Rosenweg; Brückenstraße",
        """
        Berlin | | 10437 10961 12047 13353 | +49 30 23125 ###
        Hamburg | | 20257 22303 22765 | +49 40 66969 ###
        Köln | Nordrhein-Westfalen | 50677 50823 | +49 221 4710 ###
        München | Bayern | 80799 81541 | +49 89 99998 ###
        Frankfurt am Main | Hessen | 60316 60487 | +49 69 90009 ###
        """,
    ),
    "FR": _country(
        "France",
        "{number}, {street}",
        "Bâtiment B, appartement {flat}",
        "{code}",
        "+33 6 39 98 ## ##",
        "rue de la République; avenue Jean-Jaurès; rue des Lilas; place de l'Église; impasse du Moulin; "
        "boulevard Voltaire; chemin des Vignes; rue Sainte-Thérèse; quai de Saône; allée des Tilleuls",
        """
        Lyon | Auvergne-Rhône-Alpes | 69003 69007 | +33 4 65 71 ## ##
        Nantes | Pays de la Loire | 44000 44300 | +33 2 61 91 ## ##
        Paris | Île-de-France | 75011 75019 | +33 1 99 00 ## ##
        Strasbourg | Grand Est | 67000 67100 | +33 3 53 01 ## ##
        Toulouse | Occitanie | 31000 31400 | +33 5 36 49 ## ##
        """,
    ),
    "US": _country(
        "United States",
        "{number}## {street}",
        "Apt {flat}B",
        "{code}",
        "+1 {area}-555-01##",
        "Maple Avenue; Oak Street; Washington Blvd; Elm Court; Lakeview Drive; 5th Street; Cedar Lane; "
        "Prospect Place; Martin Luther King Jr. Way; Sunset Terrace",
        """
        Boston | MA | 02118 02130 | +1 617-555-01##
        Portland | OR | 97202 97214 | +1 503-555-01##
        Austin | TX | 78704 78751 | +1 512-555-01##
        Chicago | IL | 60614 60640 | +1 312-555-01##
        Minneapolis | MN | 55406 55408 | +1 612-555-01##
        """,
    ),
    "CA": _country(
        "Canada",
        "{number} {street}",
        "Unit {flat}",
        "{code}",
        "+1 {area}-555-01##",
        "Dundas Street West; rue Saint-Denis; Bloor Street; avenue du Mont-Royal; Granville Street; "
        "Wellington Street; côte de la Montagne; Commercial Drive",
        """
        Toronto | ON | M6G_2B1 M4K_1P3 | +1 416-555-01##
        Montréal | QC | H2T_2N4 H2J_3K6 | +1 514-555-01##
        Vancouver | BC | V5N_4A2 V6K_1N9 | +1 604-555-01##
        """,
    ),
    "SE": _country(
        "Sweden",
        "{street} {number}",
        "lgh 110{flat}",
        "{code}",
        "+46 70 174 06 ##",
        "Storgatan; Kungsgatan; Björkvägen; Södra Vägen; Ängsgatan; Åsögatan; Hantverkargatan; Skolvägen",
        """
        Göteborg | Västra Götaland | 411_27 416_55 | +46 31 390 06 ##
        Stockholm | | 116_32 118_24 | +46 8 465 004 ##
        Malmö | Skåne | 211_43 214_28 | +46 40 628 04 ##
        """,
    ),
    "AU": _country(
        "Australia",
        "{number} {street}",
        "Unit {flat}",
        "{code}",
        "+61 491 570 006; +61 491 570 156; +61 491 570 157; +61 491 570 158; +61 491 570 159; +61 491 570 110; "
        "+61 491 570 313; +61 491 570 737; +61 491 571 266; +61 491 571 491; +61 491 571 804; +61 491 572 549",
        "Banksia Street; Harbour Parade; Wattle Grove; High Street; Jacaranda Crescent; Esplanade; Railway Parade",
        """
        Melbourne | VIC | 3056 3068 | +61 3 5550 ####
        Sydney | NSW | 2042 2204 | +61 2 5550 ####
        Brisbane | QLD | 4101 4169 | +61 7 5550 ####
        """,
    ),
}

HOMES: dict[str, dict[str, int]] = {
    "English": {"GB": 75, "US": 10, "CA": 5, "AU": 10},
    "Irish": {"IE": 75, "GB": 18, "US": 7},
    "Scottish and Welsh": {"GB": 90, "CA": 5, "AU": 5},
    "German": {"DE": 92, "GB": 8},
    "Turkish": {"DE": 75, "GB": 25},
    "French": {"FR": 75, "CA": 20, "GB": 5},
    "Nordic": {"SE": 90, "GB": 10},
    "Spanish": {"GB": 40, "US": 35, "FR": 15, "DE": 10},
    "Arabic": {"FR": 40, "GB": 35, "SE": 15, "DE": 10},
    "Vietnamese": {"DE": 40, "FR": 20, "US": 25, "AU": 15},
}
"""Weights of the countries where families of a language live; ANYWHERE for other languages."""
ANYWHERE = {"GB": 48, "IE": 8, "DE": 18, "FR": 6, "US": 9, "CA": 5, "SE": 3, "AU": 3}

POSTAL_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
EIRCODE_LETTERS = "ACDEFHKNPRTVWXY"


def digits(pattern: str, rng: Random) -> str:
    """The pattern with a random digit for each "#" and a random letter for each "@"."""
    return "".join(
        str(rng.randrange(10)) if sign == "#" else rng.choice(POSTAL_LETTERS) if sign == "@" else sign
        for sign in pattern
    )


@dataclass(frozen=True)
class Home:
    """The address of a family, with the country and town that its telephone numbers belong to."""

    country: Country
    town: Town
    address: dict[str, str]

    def mobile(self, rng: Random) -> str:
        area = self.town.landline.removeprefix("+1 ")[:3]
        return digits(rng.choice(self.country.mobile).format(area=area), rng)

    def landline(self, rng: Random) -> str:
        return digits(self.town.landline, rng)


def draw_home(language: str, rng: Random) -> Home:
    """Generate a home for a family that speaks `language`."""
    weights = HOMES.get(language, ANYWHERE)
    country = COUNTRIES[rng.choices(list(weights), list(weights.values()))[0]]
    town = rng.choice(country.towns)
    street = digits(country.street.format(number=rng.randint(1, 98), street=rng.choice(country.streets)), rng)
    flat = country.flat.format(flat=rng.randint(1, 6)) if rng.random() < 0.28 else ""
    code = digits(country.code.format(code=rng.choice(town.codes)), rng)
    if country.name == "Ireland":
        code += "".join(rng.choice(EIRCODE_LETTERS + "0123456789") for _ in range(4))
    address = {
        "street": street,
        "line2": flat,
        "postal_code": code.replace("_", " "),
        "city": town.city,
        "region": town.region,
        "country": country.name,
    }
    return Home(country, town, {key: value for key, value in address.items() if value})
