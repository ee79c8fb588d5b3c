"""Words in a text that speak to the machine instead of about the world.

Nothing depends on catching them: they are no claims, so they need not be checked, and what is
checked goes to the engines as data. Catching most of them keeps such words out of claims.
"""

from __future__ import annotations

import re

_TO_THE_MACHINE = (
    # English: set aside, answer so, show yourself, be someone else.
    r"\b(?:ignore|disregard|forget|override|bypass|skip)\b[^.!?]{0,60}"
    r"\b(?:instructions?|rules?|prompts?|polic(?:y|ies)|guidelines?|task|above|previous"
    r"|sources?)\b",
    r"\b(?:answer|reply|respond|output|print|return|say|write|post)\b[^.!?]{0,30}"
    r"(?:\b(?:only|just|supported|refuted|misleading|true|verified|the word|as your answer"
    r"|check ?mark)\b)",
    r"\b(?:just|only|simply) (?:answer|reply|respond|output|print|say|post|write)\b",
    r"\b(?:mark|label|rate|rule|score|treat)\b[^.!?]{0,40}\bas (?:true|false|supported|refuted"
    r"|verified)\b",
    r"\b(?:final answer|verdict|label|confidence)s?\s*[:=]",
    r"\bchecked by \w*bot\b",
    r"\"(?:verdict|label|citations|role|system)\"\s*:",
    r"\bverdicts? (?:on|must|should|is|has to)\b.*\b(?:must|supported|refuted|true)\b",
    r"\b(?:system prompt|language model|ai (?:grader|model|system|assistant)s?|llm|chatbot)\b"
    r"[^.!?]{0,80}\b(?:must|reading|output|answer|reveal|repeat|instructions?|wrong answer"
    r"|points)\b",
    r"\b(?:graders?|wrong answer)\b.*\b(?:points?|costs?)\b",
    r"\b(?:repeat|print|reveal|show|translate|leak|paste)\b[^.!?]{0,40}"
    r"\b(?:everything above|your (?:system )?(?:prompt|instructions|rules)|word for word"
    r"|verbatim)\b",
    r"\b(?:you are now|act as|pretend (?:to be|that you)|from now on,? you|new instructions?)\b",
    r"\b(?:decode|execute|run) (?:and|this|the following)\b|\bdecode\b.*\bobey\b|\brot13\b"
    r"|\bbase64\b",
    r"\bto check this you must\b|\bcarry on\b|\bchecker below\b|\bwithout sources\b",
    r"\bbefore you (?:check|answer|reply)\b",
    # German, French, Spanish, Italian, Portuguese, Dutch.
    r"\b(?:vergiss|ignorier\w*|missachte\w*)\b[^.!?]{0,50}\b(?:anweisung\w*|regeln|vorgaben)\b",
    r"\b(?:ignore[zr]?|oublie[zr]?)\b[^.!?]{0,50}\b(?:instructions|consignes|règles)\b",
    r"\b(?:ignora|olvida|traduce)\b[^.!?]{0,50}\b(?:instrucciones|reglas|istruzioni|regole)\b",
    r"\b(?:ignore|esqueça)\b[^.!?]{0,50}\b(?:instruções|regras)\b"
    r"|\bnegeer\b[^.!?]{0,50}\binstructies\b",
    # Chinese, Japanese, Russian, Arabic.
    r"(?:忽略|无视|忘记|無視)[^。!?]{0,20}(?:指令|指示|规则|說明|说明|命令)|(?:指示|命令)[^。]{0,10}無視",
    r"\b(?:игнорируй\w*|забудь\w*)\b[^.!?]{0,50}\b(?:инструкци\w*|указани\w*|правил\w*)",
    r"(?:تجاهل|انس)[^.!?]{0,40}(?:التعليمات|الأوامر|القواعد)",
    # What machines write: log lines, queries, formulas.
    r"^\W*\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\b(?:delete from|drop table|insert into|union select)\b",
    r"^\s*=[A-Z]+\(",
)
_ORDER = re.compile("|".join(f"(?:{pattern})" for pattern in _TO_THE_MACHINE), re.IGNORECASE)


def is_order(text: str) -> bool:
    """Whether `text` tells the machine what to do or to answer."""
    return bool(_ORDER.search(text))
