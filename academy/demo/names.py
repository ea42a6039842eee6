"""Given names and surnames in many languages, and how families of a language share surnames.

Each list is one string, separated by "; ". A surname with "/" has a form for men and one for women.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True)
class Language:
    """`weight`: its share of families. `own_name`: mothers keep their surname. `double`: children carry both surnames."""

    weight: float
    girls: list[str]
    boys: list[str]
    surnames: list[str]
    own_name: bool = False
    double: bool = False

    def given(self, is_girl: bool) -> list[str]:
        return self.girls if is_girl else self.boys


def _language(
    weight: float, girls: str, boys: str, surnames: str, *, own_name: bool = False, double: bool = False
) -> Language:
    return Language(weight, girls.split("; "), boys.split("; "), surnames.split("; "), own_name, double)


LANGUAGES: dict[str, Language] = {
    "English": _language(
        20,
        "Amelia; Olivia; Isla; Ava; Lily; Freya; Grace; Poppy; Ruby; Evie; Charlotte; Hannah; Martha; Edith; "
        "Beatrice; Phoebe; Lottie; Zoe; Rachel; Naomi",
        "Oliver; George; Arthur; Noah; Theo; Jack; Leo; Henry; Alfie; Oscar; Thomas; William; Samuel; Toby; "
        "Elliot; Finley; Reuben; Jude; Edward; Nathaniel",
        "Smith; Jones; Taylor; Brown; Wilson; Clarke; Walker; Wright; Hughes; Green; Harris; Cooper; Ward; "
        "Turner; Bailey; Holroyd; Ackroyd; Whitfield; Thorne; Pemberton; Ashworth; Fairclough",
    ),
    "Irish": _language(
        8,
        "Aoife; Saoirse; Niamh; Caoimhe; Róisín; Ciara; Clodagh; Sadhbh; Éabha; Fiadh; Orlaith; Gráinne",
        "Cillian; Oisín; Fionn; Darragh; Seán; Tadhg; Pádraig; Cormac; Ruairí; Eoin; Ronan; Diarmuid",
        "O'Brien; O'Connor; O'Sullivan; Murphy; Kelly; Byrne; Ryan; O'Reilly; Doyle; McCarthy; Gallagher; "
        "O'Doherty; Kennedy; Ní Dhomhnaill; Fitzgerald; Brennan",
    ),
    "Scottish and Welsh": _language(
        5,
        "Eilidh; Morag; Catrin; Cerys; Mairi; Ffion; Isobel; Angharad; Nia; Skye",
        "Callum; Hamish; Rhys; Angus; Owain; Fergus; Gethin; Lachlan; Dylan; Euan",
        "MacDonald; Campbell; Fraser; Davies; Llewellyn; MacLeod; Morgan; Stewart; Griffiths; McKenzie; Pryce",
    ),
    "German": _language(
        9,
        "Mia; Lena; Johanna; Clara; Frieda; Greta; Hannah; Käthe; Annika; Sophie; Theresa; Jördis; Lotte",
        "Jonas; Felix; Maximilian; Jakob; Paul; Anton; Moritz; Jürgen; Emil; Björn; Lukas; Matthias; Till",
        "Müller; Schäfer; Krüger; Weiß; Köhler; Jäger; Schröder; Vogel; Böhm; Großmann; Hoffmann; Lindemann; "
        "Schulze; von Arnim; Zöllner; Kühn; Rößler",
    ),
    "Polish": _language(
        8,
        "Zuzanna; Julia; Maja; Zofia; Hanna; Oliwia; Małgorzata; Łucja; Agnieszka; Kinga; Jagoda",
        "Jakub; Szymon; Antoni; Filip; Michał; Stanisław; Wojciech; Łukasz; Tymon; Paweł; Bartosz",
        "Kowalski/Kowalska; Wiśniewski/Wiśniewska; Nowak; Wójcik; Kamiński/Kamińska; Zieliński/Zielińska; "
        "Szczepański/Szczepańska; Dąbrowski/Dąbrowska; Woźniak; Pawłowski/Pawłowska; Król; Wróbel",
    ),
    "Turkish": _language(
        7,
        "Zeynep; Elif; Defne; Ayşe; Ecrin; Nazlı; Gülşen; Şevval; Ebru; İpek; Çiğdem",
        "Yusuf; Emir; Kerem; Ömer; Çınar; Eymen; Mehmet; Görkem; Barış; İsmail; Tuğrul",
        "Yılmaz; Kaya; Demir; Şahin; Çelik; Yıldız; Öztürk; Aydın; Arslan; Doğan; Koç; Güneş; Karaoğlu",
    ),
    "Vietnamese": _language(
        4,
        "Minh Anh; Thảo; Linh; Ngọc Hân; Bảo Trâm; Thu Hà; Quỳnh; Mai Phương",
        "Minh Quân; Gia Huy; Đức; Bảo Long; Tuấn Anh; Hoàng; Khôi; Quốc Việt",
        "Nguyễn; Trần; Lê; Phạm; Hoàng; Đặng; Bùi; Võ; Huỳnh",
        own_name=True,
    ),
    "Arabic": _language(
        7,
        "Fatima; Layla; Noor; Mariam; Yasmin; Salma; Amira; Hala; Rania; Zahra",
        "Omar; Youssef; Karim; Hassan; Zayd; Ibrahim; Khalil; Tariq; Bilal; Idris",
        "Haddad; Al-Masri; El Amrani; Khoury; Benali; Abu Zayd; Mansour; Al-Sayed; Bouazza; Nasser; El-Hashimi",
    ),
    "Chinese": _language(
        3,
        "Xiaoming; Yuxuan; Meiling; Ruoxi; Jiayi; Siyu; Lihua",
        "Zihan; Haoran; Junjie; Yichen; Tianyu; Weimin; Bowen",
        "Wang; Li; Zhang; Chen; Liu; Zhao; Huang; Ouyang; Xu; Lin",
        own_name=True,
    ),
    "Japanese": _language(
        2,
        "Yui; Sakura; Hina; Aoi; Misaki; Kaori; Tomoko",
        "Haruto; Ren; Sōta; Kenta; Yūto; Daiki; Takumi",
        "Satō; Suzuki; Tanaka; Itō; Kobayashi; Ōta; Yamamoto; Fujiwara",
    ),
    "French": _language(
        6,
        "Chloé; Léa; Manon; Inès; Éloïse; Anaïs; Zoé; Margaux; Océane; Agathe",
        "Gaël; Théo; Raphaël; Jérôme; Loïc; Étienne; Noé; Rémi; Benoît; Anatole",
        "Lefèvre; Dupré; Moreau; Hébert; L'Hermitte; de La Tour; Girard; Benoît; Garçon; Béranger; Chevalier; "
        "D'Aubigné",
    ),
    "Spanish": _language(
        5,
        "Lucía; Sofía; Martina; Inés; Carmen; Begoña; Jimena; Noa; Alba; Ainhoa",
        "Hugo; Mateo; Íñigo; Álvaro; Iker; Joaquín; Andrés; Nicolás; Rubén; Martín",
        "García; Fernández; Martínez; Núñez; Ibáñez; Peña; Muñoz; Gutiérrez; Castaño; Vázquez; Rodríguez; Ruiz",
        own_name=True,
        double=True,
    ),
    "Portuguese": _language(
        3,
        "Beatriz; Inês; Mariana; Conceição; Leonor; Thaís; Larissa",
        "João; Tomás; Gonçalo; Sebastião; Caio; Vinícius; Afonso",
        "Silva; Magalhães; Araújo; Gonçalves; Simões; Falcão; da Costa; Guimarães",
        double=True,
    ),
    "Italian": _language(
        3,
        "Giulia; Aurora; Chiara; Beatrice; Ginevra; Noemi; Bianca",
        "Niccolò; Matteo; Tommaso; Lorenzo; Davide; Elia; Gabriele",
        "Rossi; Bianchi; D'Angelo; De Luca; Ferrari; Russo; Dell'Acqua; Colombo",
    ),
    "South Asian": _language(
        7,
        "Aanya; Priya; Simran; Ayesha; Kavya; Diya; Harpreet; Meera; Zara; Nandini",
        "Arjun; Rohan; Gurpreet; Hamza; Vihaan; Aditya; Imran; Karthik; Jaspal; Ishaan",
        "Patel; Singh/Kaur; Sharma; Khan; Iyer; Begum; Rahman; Gupta; Subramaniam; Chaudhry; Desai; Ahmed",
    ),
    "West African": _language(
        4,
        "Adaeze; Chidinma; Ama; Temitope; Abena; Ngozi; Folasade; Efua",
        "Chukwuemeka; Kwame; Oluwaseun; Tunde; Kofi; Ifeanyi; Babatunde; Yaw",
        "Okafor; Adeyemi; Mensah; Nwosu; Boateng; Ogunleye; Owusu; Eze; Asante",
    ),
    "Nordic": _language(
        4,
        "Astrid; Freja; Ingrid; Maja; Solveig; Linnéa; Ebba; Åsa",
        "Søren; Lars; Håkon; Björn; Elias; Magnus; Aksel; Jørgen",
        "Hansen; Lindström; Åkesson; Sørensen; Bjørnstad; Nyström; Østergaard; Virtanen; Håkansson",
    ),
    "Ukrainian": _language(
        3,
        "Olena; Sofiia; Kateryna; Daryna; Solomiia; Oksana",
        "Taras; Bohdan; Andrii; Danylo; Maksym; Yaroslav",
        "Shevchenko; Kovalenko; Bondar; Melnyk; Savchuk; Zelinskyi/Zelinska; Hrytsenko",
    ),
    "Czech": _language(
        2,
        "Eliška; Tereza; Anežka; Markéta; Zdeňka",
        "Jiří; Ondřej; Matěj; Štěpán; Vojtěch",
        "Novák/Nováková; Dvořák/Dvořáková; Černý/Černá; Svoboda/Svobodová; Řezníček/Řezníčková",
    ),
    "Greek": _language(
        2,
        "Eleni; Despina; Kalliopi; Ioanna; Danai",
        "Nikos; Yannis; Stavros; Dimitris; Panagiotis",
        "Papadopoulos/Papadopoulou; Georgiou; Nikolaidis/Nikolaidou; Karagiannis/Karagianni",
    ),
    "Romanian and Hungarian": _language(
        2,
        "Ioana; Andreea; Ilinca; Réka; Zsófia; Boglárka",
        "Ștefan; Răzvan; Mihai; Bence; Zsolt; Ákos",
        "Popescu; Țurcanu; Ionescu; Szabó; Kovács; Tóth; Kőszegi",
    ),
    "Korean": _language(
        2,
        "Seo-yeon; Ji-woo; Ha-eun; Min-seo; Soo-jin",
        "Min-jun; Do-yoon; Ji-ho; Joon-ho; Hyun-woo",
        "Kim; Park; Lee; Choi; Jung; Kang",
        own_name=True,
    ),
    "Persian": _language(
        2,
        "Shirin; Parisa; Niloufar; Roya; Golnaz",
        "Dariush; Kian; Navid; Arash; Farhad",
        "Ahmadi; Tehrani; Karimi; Farahani; Moradi; Hosseini",
    ),
    "Somali and Amharic": _language(
        1.5,
        "Hodan; Ifrah; Ayaan; Selam; Hiwot",
        "Abdirahman; Liban; Guled; Dawit; Yonas",
        "Warsame; Farah; Jama; Tesfaye; Bekele; Mohamud",
        own_name=True,
    ),
    "Hebrew and Yiddish": _language(
        1.5,
        "Noa; Tamar; Shira; Yael; Avigail",
        "Eitan; Ariel; Noam; Yonatan; Uri",
        "Cohen; Levi; Goldberg; Ben-Ari; Rosenfeld; Katz",
    ),
}

OWN_SCRIPT: list[tuple[str, str, str, bool, str]] = [
    ("Chinese", "佳怡", "王", True, "jiayi.wang"),
    ("Chinese", "浩然", "李", False, "haoran.li"),
    ("Chinese", "思雨", "陳", True, "siyu.chen"),
    ("Japanese", "美咲", "佐藤", True, "misaki.sato"),
    ("Japanese", "蓮", "小林", False, "ren.kobayashi"),
    ("Korean", "서연", "김", True, "seoyeon.kim"),
    ("Arabic", "ليلى", "حداد", True, "layla.haddad"),
    ("Arabic", "يوسف", "المصري", False, "youssef.almasri"),
    ("Persian", "شیرین", "احمدی", True, "shirin.ahmadi"),
    ("Hebrew and Yiddish", "נועה", "לוי", True, "noa.levi"),
    ("Ukrainian", "Олена", "Шевченко", True, "olena.shevchenko"),
    ("Ukrainian", "Тарас", "Мельник", False, "taras.melnyk"),
    ("Greek", "Ελένη", "Γεωργίου", True, "eleni.georgiou"),
    ("Greek", "Νίκος", "Παπαδόπουλος", False, "nikos.papadopoulos"),
]
"""Names in other scripts: (language, given name, surname, is_girl, mailbox in Latin letters)."""

LETTERS = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ı": "i",
        "ß": "ss",
        "æ": "ae",
        "ð": "d",
        "þ": "th",
        "'": "",
        " ": "",
        "-": "",
    }
)


def latin(name: str) -> str:
    """A name for use in an e-mail address: lower-case ASCII letters and digits."""
    text = unicodedata.normalize("NFKD", name.lower()).translate(LETTERS)
    return "".join(letter for letter in text if letter.isascii() and letter.isalnum())


def for_gender(surname: str, is_woman: bool) -> str:
    """The form of a surname for a woman or a man."""
    man, _, woman = surname.partition("/")
    return (woman or man) if is_woman else man
