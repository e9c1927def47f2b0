"""Names under which exports hold what the tables hold, in the common words of a few languages.

The lists are short on purpose: what they miss is found by content, or asked.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Column of a table to other names for it, as ``words`` writes them. The first word that is also
# that of another column goes to the column that stands first in its table.
_PHRASES = {
    "site_id": "site|office|school|sch|clinic|centre|center|branch|location|facility|unit|agency|"
    "standort|einrichtung|schule|sitio|sede|centro|escuela|clinica|ecole|etablissement|filial|"
    "site no|site code|site number|redcap data access group|data access group",
    "site_name": "site name|office name|school name|clinic name|centre name|center name|name|"
    "name of site|standort name|nombre|nombre del sitio|nom du site|name des standorts",
    "region_id": "region|district|area|province|county|bezirk|provincia|distrito|departement",
    "stage": "stage of implementation|implementation stage|phase|etapa|fase|etape",
    "stage_since": "stage since|stage from|in stage since|phase seit|desde|etapa desde",
    "practitioner_id": "practitioner|worker|caseworker|facilitator|teacher|staff|provider|t|"
    "clinician|nurse|employee|coachee|fachkraft|mitarbeiter|mitarbeiterin|lehrkraft|docente|"
    "profesional|maestro|praticien|intervenant|profissional|practitioner code|staff member|teach",
    "supervisor_id": "supervisor|sup|team lead|manager|line manager|vorgesetzte|superviseur|chef",
    "role": "job|position|job title|function|funktion|puesto|cargo|poste",
    "hired_on": "hired|hire date|date hired|start date|employed since|date of hire|eintritt|"
    "fecha de ingreso|date d embauche|in post since",
    "trained_on": "trained|training date|date trained|date of training|schulung am|geschult am|"
    "fecha de capacitacion|date de formation|training completed",
    "trainer_id": "trainer|trained by|formador|formateur|trainerin",
    "certified_on": "certified|certification date|date certified|zertifiziert am|certificado el|"
    "date de certification",
    "left_on": "left|leave date|date left|end date|termination date|austritt|fecha de salida|"
    "date de depart|last day",
    "observation_id": "observation|obs|visit|video|session|rating|recording|observation no|"
    "visit no|record|beobachtung|observacion|visita|sitzung",
    "item_id": "item|question|indicator|best practice|practice|frage|merkmal|pregunta|indicador|"
    "question code|item code",
    "instrument_id": "instrument|tool|measure used|scale|form|questionnaire|instrumento|fragebogen",
    "instrument_version": "version|tool version|form version|instrument version no",
    "observed_on": "observed|observation date|date observed|visit date|date of visit|"
    "date of observation|session date|taught|seen on|beobachtet am|fecha de observacion|"
    "date d observation|fecha de visita|beobachtungsdatum|visited",
    "rated_on": "rated|date rated|rate|rating date|date rate|scored|date scored|scored on|coded on|"
    "bewertet am|fecha de calificacion|date of rating",
    "rater_id": "rater|scored by|observer|coder|rated by|assessor|observed by|beobachter|"
    "beobachterin|evaluador|observador|evaluateur|observateur|bewerter",
    "rater_role": "role|rater type|observer role|kind of rater|type of rater|role of rater|"
    "rater is|observer type|scorer role|rolle",
    "response": "score|rating|value|answer|points|punkte|wert|antwort|respuesta|puntaje|note|"
    "reponse|item score|rating given",
    "assessment_id": "assessment|round|assessment no|erhebung|evaluacion|assessment code",
    "respondent_id": "respondent|answered by|completed by|respondent code|befragte|encuestado|"
    "repondant",
    "respondent_role": "role|respondent type|type of respondent|role of respondent|answered as|"
    "rolle der befragten|rol del encuestado|respondent is",
    "assessed_on": "assessed|assessment date|date assessed|date of assessment|erhoben am|"
    "fecha de evaluacion|date d evaluation",
    "subject": "subject kind|kind of subject|about|level of subject",
    "subject_id": "subject code|subject no|measured for",
    "period_start": "period start|period from|month|quarter|period begins|start of period|period|"
    "wave|monat|quartal|mes|trimestre|mois|periode|periodo|zeitraum ab|first day of period",
    "measure": "indicator name|outcome|outcome name|measure name|kennzahl|indicador|indicateur",
    "value": "amount|figure|result|wert|valor|valeur|outcome value",
    "adaptation_id": "adaptation|adaptation no|anpassung|adaptacion",
    "noted_on": "noted|date noted|date of note|reported on|notiert am|fecha de registro",
    "component": "part|element|part changed|core component|bereich|componente|composante",
    "planned": "was planned|agreed before|geplant|planificada|prevue|planned change",
    "fidelity_consistent": "consistent|keeps core|in line with model|fidelity consistent change|"
    "modelltreu",
    "reason": "why|grund|motivo|razon|raison",
    "support_id": "support|act|activity|contact|activity no|massnahme|actividad|support no",
    "occurred_on": "date given|support date|date of support|activity date|took place|"
    "durchgefuehrt am|fecha de actividad|given on|date of activity",
    "kind": "type|kind of support|type of support|support type|art|tipo|activity type",
    "minutes": "duration|length|mins|duration minutes|dauer|minuten|duracion|duree",
    "focus": "focus of support|content|schwerpunkt|enfoque",
    "provided_by": "given by|provider of support|coach|coached by|durch|entrenador",
    "triggered_by_observation_id": "triggered by|because of observation|after observation|"
    "following observation",
    "caseload": "cases|number of cases|families served|fallzahl|casos|dossiers",
    "supervisor_span": "span|span of supervision|people per supervisor|leitungsspanne",
    "documentation_hours": "paperwork hours|hours of records|hours documentation|doku stunden",
    "vacancy_rate": "vacancies|vacant posts percent|vacancy|vakanz",
    "turnover_rate": "turnover|staff turnover|fluktuation|rotacion",
    "productivity_percent": "productivity|billed percent|produktivitaet|productividad",
    "crises": "crisis|number of crises|krisen|crisis events",
    "rating": "appraisal|appraisal rating|bonus|performance rating|beurteilung",
    "documentation_compliance": "records complete|complete records percent|records on time",
    "attendance": "attendance percent|days present|anwesenheit|asistencia",
    "team_id": "team|team code|team no|equipo|equipe",
    "level": "team level|ebene|nivel|niveau",
    "parent_team_id": "parent team|reports to|parent|linked to|uebergeordnetes team",
    "formed_on": "formed|date formed|team since|founded|gegruendet am|creado el",
    "closed_on": "closed|date closed|close date|ended|geschlossen am|cerrado el|end of plan",
    "members": "number of members|team size|member count|mitglieder|miembros|membres",
    "protected_hours": "protected time|hours protected|geschuetzte stunden",
    "has_support_practitioner": "support practitioner|has specialist|support practitioner in post",
    "champions": "number of champions|champion count",
    "held_on": "held|meeting date|date held|date of meeting|met on|sitzung am|fecha de reunion|"
    "date de reunion",
    "attended": "attendees|number attended|people present|present count|teilnehmende|asistentes",
    "present_person": "person present|family present|client present|person there|person anwesend",
    "feedback_item_id": "feedback|feedback item|issue|issue no|feedback no|rueckmeldung",
    "raised_on": "raised|date raised|raised date|reported|gemeldet am|planteado el",
    "raised_by_level": "raised by|from level|from|gemeldet von",
    "raised_to_level": "raised to|to level|asked|to|gemeldet an",
    "topic": "issue topic|theme|thema|tema|sujet",
    "decided_on": "decided|decision date|date decided|entschieden am|decidido el",
    "decision": "what was decided|outcome of decision|entscheidung|decision made",
    "answered_on": "answered|answer date|date answered|told on|beantwortet am",
    "plan_id": "plan|plan code|plan no|case|case no|plan number|fall",
    "opened_on": "opened|date opened|open date|open since|eroeffnet am|abierto el|start of plan",
    "closed_as": "closing reason|reason closed|ended as|closed because|abschluss",
    "plan_action_id": "action|action no|action code|massnahme nr",
    "goal_id": "goal|goal no|goal code|ziel|meta|objetivo",
    "agreed_on": "agreed|date agreed|agreement date|vereinbart am|acordado el",
    "owner": "owned by|who does it|responsible|verantwortlich|responsable",
    "due_on": "due|due date|deadline|faellig am|vence el|echeance",
    "done_on": "done|date done|completed on|completion date|erledigt am|hecho el",
    "reminders": "number of reminders|reminder count|erinnerungen|recordatorios",
    "adjusted_on": "adjusted|date adjusted|changed on|angepasst am",
    "adjusted_how": "how adjusted|kind of adjustment|adjustment",
    "professional_hours": "hours of professionals|professional time|support hours|fachstunden",
    "contacts": "number of contacts|contact count|kontakte|contactos",
}
SYNONYMS = {column: frozenset(phrases.split("|")) for column, phrases in _PHRASES.items()}
GENERIC_DATE = frozenset(("date", "day", "datum", "fecha", "data", "on", "when", "am"))
VALUE_WORDS = {
    "yes": "yes|y|ja|si|s|oui|o|sim|true|1|x",
    "no": "no|n|nein|non|nao|false|0",
    "unsure": "unsure|not sure|unclear|unklar|?",
    "independent": "independent|ind|external|outside|extern|independiente|externe",
    "supervisor": "supervisor|sup|supervisora|vorgesetzte|superviseur|manager",
    "self": "self|own|selbst|auto|self rating",
    "master": "master|gold|anchor|master coder|expert",
}
VALUE_OF = {word: legal for legal, each in VALUE_WORDS.items() for word in each.split("|")}
_NOISE = frozenset(("id", "code", "nr", "no", "number", "num", "the", "key", "ref"))


@lru_cache(maxsize=20_000)
def words(name: str) -> str:
    """Words of a name in small letters, accents taken off.

    >>> words("SiteID"), words("Fecha de observación"), words("IDRATER"), words("T_ID")
    ('site id', 'fecha de observacion', 'id rater', 't id')
    """
    spread = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    spread = re.sub(r"^(ID|Id)(?=[A-Z]{3})", r"\1 ", spread)
    german = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
    plain = unicodedata.normalize("NFKD", spread.casefold().translate(german))
    kept = "".join(one for one in plain if not unicodedata.combining(one))
    return " ".join(re.findall(r"[a-z]+|[0-9]+|\?", kept))


def without_noise(phrase: str) -> str:
    """Words without those that only say that it is a code.

    >>> without_noise("office code")
    'office'
    """
    kept = [word for word in phrase.split() if word not in _NOISE]
    return " ".join(kept) or phrase
