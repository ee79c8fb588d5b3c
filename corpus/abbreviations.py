"""Words after which a full stop may not end a sentence."""

from __future__ import annotations


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


INNER = _words(
    """dr mr mrs ms mx prof sgt capt cmdr messrs mme mlle mgr sra srta dott hr frl dipl
    vs cf viz e.g i.e eg approx ca c.f incl esp resp refs figs eq eqs
    ee z.b d.h u.a bzw inkl evtl ggf vgl sog
    """
)
"""Never the end, whatever follows: titles, and what always has something after it."""

INNER_NAMES = _words(
    """gen sen rep gov lt col adm maj pvt hon rev fr msgr pres supt det insp amb proc natl acad intl
    fig ref ing"""
)
"""The same, where they begin with a capital letter; without one they are words."""

BEFORE_NUMBER = _words(
    """no nos nr nrs vol vols p pp para paras sec secs art arts ch chap chs fig figs eq eqs ex abs
    app pt cl reg op opp fol sect § v ver approx ca est tel ext"""
)
"""Not the end where a number follows: No. 5, pp. 12-14."""

CLOSING = _words(
    """inc corp ltd co llc plc bros cos jr sr esq etc al dept univ assn bldg ave blvd rd
    ph.d m.d b.a m.a b.sc m.sc d.c a.m p.m u.s u.k u.n e.u u.s.a u.s.s.r uu usw str gmbh adv
    sci biol chem phys lett st ste mt ft eds trans mio mrd tsd
    min max avg ltda cia yahoo jeopardy"""
)
"""The end only where the next word is one that often begins a sentence."""

CLOSING_NAMES = _words(
    """jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thurs fri sat sun
    ed tab res med"""
)
"""The same, where they begin with a capital letter."""

STARTERS = _words(
    """the a an this that these those it its he she they we you i his her their our my your
    in on at by for from with as to of after before during since until while when where why how what
    who which if though although because despite however moreover meanwhile nevertheless still then
    there here but and or so yet nor not no both each every some many most several all another other
    also even only now today yesterday tomorrow later last next earlier under over between among
    according instead thus therefore hence once unlike like such
    der die das ein eine er sie es wir ihr und aber oder doch im am seit nach bei mit
    le la les un une il elle ils elles nous el los las una pero y en"""
)
"""Words that often begin a sentence, in lower case."""

GERMAN_ORDINAL_BEFORE = _words(
    """am der die das den dem des im vom zum zur bis seit ab nach beim ein eine einem einen einer
    und"""
)
GERMAN_ORDINAL_AFTER = _words(
    """januar jänner februar märz april mai juni juli august september oktober november dezember
    jahrhundert jahrhunderts jahrestag geburtstag mal platz quartal"""
)
