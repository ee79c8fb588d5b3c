# ruff: noqa: E501 (tables)
"""Word lists and patterns behind the rules for training claims."""

from __future__ import annotations

import re

MONTHS = [
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
]  # fmt: skip
WORDS = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
SCALES = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
SHORT = {"thousand": "K", "million": "M", "billion": "B", "trillion": "T"}

YEAR = re.compile(r"(?<![\d.,$£€-])(1[5-9]\d\d|20[0-3]\d)(?![\d%]|[.,]\d|-\d| million| billion)")
NUMBER = re.compile(
    r"(?P<cur>US\$|[$£€])?(?P<num>(?<![\w.,/:-])\d{1,3}(?:,\d{3})+|(?<![\w,/:-])(?<!\d\.)\d+(?:\.\d+)?)"
    r"(?:(?P<gap>[ -])(?P<scale>thousand|million|billion|trillion)\b)?(?!\w|[/:-]\d|,\d|\.\d)"
)
MONTH = "|".join(MONTHS)
DATE_DMY = re.compile(rf"\b(\d{{1,2}}) ({MONTH}),? (\d{{4}})\b")
DATE_MDY = re.compile(rf"\b({MONTH}) (\d{{1,2}}), (\d{{4}})\b")
UNITS = [
    ("kilometres", "miles"), ("kilometers", "miles"), ("km", "miles"), ("metres", "feet"),
    ("meters", "feet"), ("kilograms", "pounds"), ("kg", "lb"), ("tonnes", "kilograms"),
    ("hours", "days"), ("minutes", "hours"), ("seconds", "minutes"), ("days", "weeks"),
    ("weeks", "months"), ("months", "years"), ("years", "months"), ("decades", "years"),
    ("dollars", "euros"), ("euros", "dollars"), ("pounds", "dollars"), ("yuan", "dollars"),
    ("percent", "percentage points"), ("per day", "per week"), ("per year", "per month"),
    ("megawatts", "gigawatts"), ("gigawatts", "megawatts"), ("acres", "square miles"),
    ("hectares", "square kilometres"), ("Celsius", "Fahrenheit"), ("a year", "a month"),
    ("seats", "states"), ("litres", "gallons"), ("tons", "pounds"), ("metric tons", "pounds"),
]  # fmt: skip
ANTONYMS = [
    ("increased", "decreased"), ("increase", "decrease"), ("increases", "decreases"),
    ("rose", "fell"), ("rising", "falling"), ("rise", "fall"), ("grew", "shrank"),
    ("more", "fewer"), ("higher", "lower"), ("highest", "lowest"), ("larger", "smaller"),
    ("largest", "smallest"), ("longest", "shortest"), ("older", "younger"), ("oldest", "youngest"),
    ("first", "last"), ("before", "after"), ("won", "lost"), ("winning", "losing"),
    ("northern", "southern"), ("eastern", "western"), ("north", "south"), ("east", "west"),
    ("opened", "closed"), ("male", "female"), ("approved", "rejected"), ("accepted", "refused"),
    ("allowed", "banned"), ("legal", "illegal"), ("majority", "minority"), ("best", "worst"),
    ("most", "least"), ("above", "below"), ("over", "under"), ("positive", "negative"),
    ("success", "failure"), ("successful", "unsuccessful"), ("early", "late"), ("with", "without"),
    ("father", "mother"), ("son", "daughter"), ("brother", "sister"), ("husband", "wife"),
    ("actor", "politician"), ("film", "novel"), ("began", "ended"), ("started", "stopped"),
    ("joined", "left"), ("bought", "sold"), ("better", "worse"), ("always", "never"),
    ("gained", "lost"), ("supported", "opposed"), ("supports", "opposes"), ("reduced", "raised"),
    ("reduces", "increases"), ("reduce", "increase"), ("improved", "worsened"), ("cut", "raised"),
    ("improves", "worsens"), ("many", "few"), ("strong", "weak"), ("high", "low"), ("all", "none"),
    ("public", "private"), ("confirmed", "denied"), ("true", "false"), ("alive", "dead"),
    ("fiction", "non-fiction"), ("guilty", "innocent"), ("domestic", "foreign"), ("both", "neither"),
    ("American", "British"), ("French", "German"), ("Chinese", "Japanese"), ("Indian", "Russian"),
    ("Canadian", "Australian"), ("Italian", "Spanish"), ("Swedish", "Dutch"), ("Korean", "Thai"),
    ("Republican", "Democratic"), ("European", "African"), ("English", "Scottish"),
]  # fmt: skip
FLIPS = dict(ANTONYMS) | {b: a for a, b in reversed(ANTONYMS)}
SYNONYMS = [
    ("said", "stated"), ("about", "roughly"), ("around", "approximately"), ("film", "movie"),
    ("movie", "film"), ("made", "produced"), ("began", "started"), ("started", "began"),
    ("purchased", "bought"), ("bought", "acquired"), ("located in", "situated in"),
    ("percent", "per cent"), ("also ", ""), ("United States", "US"), ("United Kingdom", "UK"),
    ("U.S.", "US"), ("large", "big"), ("shows", "indicates"), ("showed", "found"),
    ("because", "since"), ("approximately", "around"), ("help", "assist"), ("children", "kids"),
    ("located", "situated"), ("received", "got"), ("published", "released"), ("died", "passed away"),
    ("created", "made"), ("however, ", ""), ("while", "whereas"), ("in order to", "to"),
    ("such as", "like"), ("numerous", "many"), ("obtained", "got"), ("needed", "required"),
    ("killed", "left dead"), ("announced", "said"), ("wrote", "authored"), ("doctor", "physician"),
    ("more than", "over"), ("at least", "no fewer than"), ("nearly", "almost"), (" is ", " remains "),
    ("ended", "finished"), ("primarily", "mainly"), ("mainly", "mostly"), ("several", "a number of"),
    # Words that have an opposite above: not every other word in their place turns the claim.
    ("largest", "biggest"), ("biggest", "largest"), ("larger", "bigger"),
    ("increased", "went up"), ("increased", "climbed"), ("rose", "went up"),
    ("rose", "climbed"), ("grew", "expanded"), ("decreased", "went down"), ("fell", "dropped"),
    ("fell", "went down"), ("fell", "declined"), ("shrank", "contracted"), ("rise", "increase"),
    ("fall", "drop"), ("first", "earliest"), ("approved", "passed"),
    ("approved", "cleared"), ("rejected", "turned down"), ("refused", "declined"),
    ("banned", "blocked"), ("banned", "prohibited"), ("blocked", "banned"), ("allowed", "permitted"),
    ("best", "top"), ("above", "over"), ("below", "under"),
    ("supported", "backed"), ("reduced", "cut"), ("cut", "lowered"), ("raised", "increased"),
    ("improved", "got better"), ("worsened", "got worse"), ("joined", "entered"),
    ("confirmed", "verified"), ("ever", "in history"),
    ("sued", "took to court"), ("hired", "recruited"), ("fired", "dismissed"), ("led", "headed"),
    ("founded", "set up"), ("launched", "started"),
]  # fmt: skip
AUXILIARY = re.compile(
    r"\b(is|are|was|were|has been|have been|has|have|had|will|can|could|should|would|does|did|may)"
    r" (?!not\b|never\b|no\b)(?=[a-z0-9])"
)
PAST = {
    "won": "win", "lost": "lose", "became": "become", "began": "begin", "wrote": "write",
    "made": "make", "took": "take", "gave": "give", "said": "say", "told": "tell", "found": "find",
    "led": "lead", "left": "leave", "met": "meet", "played": "play", "received": "receive",
    "released": "release", "directed": "direct", "produced": "produce", "starred": "star",
    "appeared": "appear", "died": "die", "lived": "live", "worked": "work", "served": "serve",
    "signed": "sign", "announced": "announce", "married": "marry", "reported": "report",
    "increased": "increase", "grew": "grow", "rose": "rise", "fell": "fall", "sold": "sell",
    "bought": "buy", "used": "use", "approved": "approve", "launched": "launch", "opened": "open",
    "moved": "move", "attended": "attend", "studied": "study", "founded": "found", "went": "go",
    "recorded": "record", "killed": "kill", "showed": "show", "reached": "reach", "came": "come",
}  # fmt: skip
PAST_VERB = re.compile(r"(?<!\bwas )(?<!\bwere )(?<!\bhad )\b(" + "|".join(PAST) + r")\b(?! by\b)")
ROLE_VERBS = (
    "acquired|defeated|beat|sued|bought|replaced|succeeded|killed|invaded|founded|married off|"
    "criticised|criticized|attacked|overtook|outsold|followed|preceded|influenced|hired|fired|"
    "discovered|taught|funded|betrayed|led|supported|opposed|endorsed|accused|directed|wrote"
)
NAME = r"(?:[A-Z][\w'’&.-]*(?: (?:of |the |de |van )?[A-Z][\w'’&.-]*){0,3})"
ACTIVE = re.compile(rf"^(?P<a>{NAME}) (?P<v>{ROLE_VERBS}) (?P<b>{NAME})(?P<rest>.*)$")
PASSIVE = re.compile(
    rf"^(?P<a>{NAME}) (?P<aux>is|are|was|were) (?P<v>\w+(?:ed|en|wn|ght|de)) by (?P<b>{NAME})(?P<rest>.*)$"
)
ANY_NAME = re.compile(r"(?<![\w'’-])" + NAME + r"(?=[\s,.;)']|$)")
AFTER_START_NAME = re.compile(r" (?:\(|is|was|has|had|were|are|will|won|lost|died|said)")
NOT_NAMES = set(MONTHS) | {
    "The",
    "A",
    "An",
    "In",
    "It",
    "On",
    "At",
    "For",
    "He",
    "She",
    "They",
    "This",
    "I",
    "Its",
    "I'm",
}
