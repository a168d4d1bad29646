"""Tells what is said to chatui but asks nothing of the documents. Pure functions.

Precise before complete: a question that loses its documents is worse than a greeting that
gets some. So every word must be of a short list, and wishes about the last reply ("make it
shorter") count only where there is one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Literal

from chatui.text.followup_words import word_set

Kind = Literal["greeting", "thanks", "about", "rework"]
"""`about` asks for chatui itself, `rework` wants the last reply in another form."""

MOST_WORDS = 14
"""Longer sentences are never taken for talk."""

_GREETING = word_set(
    """hi hello hey howdy hiya greetings yo hallo moin servus bonjour bonsoir salut coucou hola
    buenas ciao olá ola hej ahoj cześć merhaba salve 你好 您好 嗨 早上好 晚上好 大家好 こんにちは
    こんばんは おはよう おはようございます 안녕 안녕하세요 привет здравствуйте здравствуй مرحبا
    שלום γεια"""
)
_GREETING_PHRASES = re.compile(
    r"good (?:morning|afternoon|evening|day)|how are you(?: doing)?(?: today)?|"
    r"how(?:'|’| i)s it going|what(?:'|’)?s up|guten (?:tag|morgen|abend)|wie geht(?:'|’)?s|"
    r"wie geht es dir|comment (?:ça|ca) va|(?:ça|ca) va|buenos (?:días|dias)|"
    r"buenas (?:tardes|noches)|(?:qué|que) tal|cómo (?:estás|está)|你好吗|"
    r"добр(?:ый (?:день|вечер)|ое утро)|как дела|buon ?(?:giorno|asera|a sera)|come (?:stai|va)|"
    r"bo(?:m dia|a (?:tarde|noite))|tudo bem|dzień dobry|dobrý den|günaydın|iyi günler|"
    r"god (?:dag|morgen|kveld)|goede(?:morgen|middag|navond)|السلام عليكم|صباح الخير|"
    r"γεια σ(?:ου|ας)"
)
_BESIDE_GREETING = word_set("there everyone all again chatui to you and à tous toutes zusammen")
_THANKS = word_set(
    """thanks thank thx cheers bye goodbye danke dank dankeschön tschüss tschüs merci gracias adiós
    adios 谢谢 谢谢你 谢谢您 多谢 多谢你 非常感谢 感谢 再见 拜拜 спасибо благодарю grazie
    obrigado obrigada ありがとう ありがとうございます ありがとうございました どうも 감사합니다
    고마워요 고맙습니다 شكرا dziękuję dziękuje teşekkürler mulțumesc tack takk tak bedankt
    ευχαριστώ תודה arrivederci пока さようなら"""
)
_BESIDE_THANKS = word_set(
    """you very much so many a lot ok okay great nice cool perfect see later for the help that
    answer your and good well done vielen herzlichen besten dir ihnen für die hilfe antwort schön
    sehr beaucoup bien pour votre ton aide réponse mille tante muchas mil por la ayuda muito pela
    ajuda большое огромное за помощь ответ je wel u så mycket mange çok جزيلا πολύ 好的 很好 太好了
    now all it was is helps helped"""
)
_PRAISE = word_set(
    """ok okay great nice cool perfect good awesome super gut perfekt prima alles klar verstanden
    bien parfait génial compris vale perfecto entendido perfetto capito 好的 好 很好 太好了
    明白了 知道了 хорошо понятно ясно отлично"""
)
_IN_MARKED_SCRIPTS: Mapping[Kind, str] = {
    "greeting": "नमस्ते|नमस्कार|สวัสดี|สวัสดีครับ|สวัสดีค่ะ",
    "thanks": "धन्यवाद|शुक्रिया|बहुत धन्यवाद|ขอบคุณ|ขอบคุณครับ|ขอบคุณค่ะ|ขอบคุณมาก",
}
"""Whole sentences of scripts whose vowels are marks, at which a word would be cut."""
_ABOUT = re.compile(
    r"(?:who|what) are you|what can you do|what do you do|how do you work|"
    r"what can i (?:do|ask)(?: you)?(?: here)?|wer bist du|was kannst du|qui es tu|"
    r"que peux tu faire|quién eres|qué puedes hacer|你是谁|你能做什么|кто ты|что ты умеешь|"
    r"chi sei|cosa (?:puoi|sai) fare|quem é você|o que você pode fazer|あなたは誰ですか|"
    r"何ができますか|너는 누구야|누구세요|من انت|من أنت"
)
_LANGUAGE = (
    r"(?:(?:plain|simple|simplified|traditional|british|american) )?(?:english|german|french|"
    r"spanish|italian|portuguese|dutch|polish|russian|ukrainian|turkish|arabic|hindi|chinese|"
    r"mandarin|japanese|korean|swedish|danish|norwegian|finnish|greek|czech|latin)"
)
_IT = (
    r"(?:it|this|that|them|these|(?:your|the|this|that)(?: last| previous| above)? "
    r"(?:answer|reply|response|text|message|list|table|summary|paragraph)|everything|all of it)"
)
_MUCH = r"(?:(?:a )?(?:bit|little|lot)|much|even|far|way|more|less|slightly|really)"
_MANNER = (
    rf"(?:{_MUCH} ){{0,4}}(?:shorter|longer|briefer|simpler|clearer|easier|brief|concise|concisely|"
    r"briefly|formal|informal|polite|friendly|friendlier|casual|simple|simply|compact|funny|"
    r"short|crisp|neutral|professional|readable)"
)
_SHAPE = (
    r"(?:an? )?(?:(?:short|simple|numbered|bulleted|bullet|markdown|single|ascii) ){0,4}"
    r"(?:table|list|bullets|bullet points|points|json|csv|yaml|xml|markdown|email|e mail|letter|"
    r"poem|haiku|tweet|paragraph|prose|sentence|summary)"
)
_LENGTH = (
    r"(?:(?:at most|under|about|only|just) )?(?:one|two|three|four|five|six|ten|a few|\d{1,3}) "
    r"(?:short )?(?:sentences?|words?|lines?|paragraphs?|bullets?|bullet points|points)"
)
_VERB = (
    r"(?:rewrite|rephrase|reword|reformulate|paraphrase|translate|convert|turn|put|format|"
    r"reformat|shorten|summari[sz]e|condense|simplify|repeat|say|write|give me|render|show|"
    r"polish|proofread|explain)"
)
_FORM = rf"(?:(?:in|into|to|as|for) )?(?:{_LANGUAGE}|{_SHAPE}|{_LENGTH}|{_MANNER})"
_REWORK = re.compile(
    # "make it shorter", "translate that to German", "rewrite your answer as a table"
    rf"(?:make|keep|get) {_IT} {_FORM}|"
    rf"{_VERB} {_IT}(?: {_FORM}){{1,2}}|"
    rf"(?:shorten|rephrase|reword|paraphrase|simplify|condense|rewrite|reformulate|repeat|"
    rf"translate|proofread) {_IT}|(?:say|write) (?:it|that) again(?: {_FORM})?|"
    rf"(?:rewrite|translate|convert|rephrase|shorten|reformat|format|write|answer|reply) "
    rf"(?:in|into|to|as) (?:{_LANGUAGE}|{_SHAPE}|{_LENGTH})|"
    r"(?:be )?(?:(?:more|less) (?:concise|brief|formal|informal|verbose|casual|polite)|"
    r"briefer|shorter|simpler)|"
    rf"in {_LANGUAGE}|as an? (?:table|list|bullet list|numbered list)|"
    r"continue|go on|carry on|keep going|keep writing|go ahead|again|try again|repeat"
)
_OTHER_REWORK = re.compile(
    # German
    r"(?:mach(?:e)?|fass(?:e)?|schreib(?:e)?|formulier(?:e)?|übersetz(?:e)?|kürz(?:e)?|sag(?:e)?|"
    r"wiederhol(?:e)?) (?:es|das|dies|deine antwort|die antwort|den text)(?: (?:bitte|mal|noch|"
    r"etwas|viel|kürzer|länger|einfacher|förmlicher|knapper|um|neu|zusammen|in einem satz|"
    r"in stichpunkten|als tabelle|als liste|auf|ins?|deutsch(?:e)?|englisch(?:e)?|"
    r"französisch(?:e)?|spanisch(?:e)?|chinesisch(?:e)?)){0,5}|"
    r"(?:auf|ins?) (?:deutsch|englisch|französisch|spanisch|chinesisch)(?:e)?|"
    r"(?:kürzer|einfacher|knapper|als tabelle|als liste|weiter|mach weiter|weitermachen)|"
    # French
    r"(?:rends|fais|traduis|réécris|reformule|raccourcis|résume|résumez|traduisez|mets|écris)"
    r"(?: |-)(?:le|la|cela|ça|ta réponse|la réponse|le texte)(?: (?:plus|court|courte|simple|"
    r"bref|brève|en|au|une|un|sous forme de|tableau|liste|phrase|français|anglais|allemand|"
    r"espagnol|chinois)){0,5}|plus (?:court|simple|bref)|continue|continuez|"
    r"en (?:français|anglais|allemand|espagnol|chinois)|"
    # Spanish
    r"(?:hazlo|házlo|ponlo|tradúcelo|traduce eso|traduce esto|reescríbelo|resúmelo|acórtalo|"
    r"escríbelo|dilo|repítelo|traduce la respuesta|resume la respuesta)(?: (?:más|corto|breve|"
    r"simple|sencillo|formal|al|en|como|una|un|tabla|lista|frase|español|inglés|alemán|francés|"
    r"chino|otra vez)){0,4}|más (?:corto|breve|sencillo)|continúa|sigue|"
    r"en (?:español|inglés|alemán|francés|chino)"
)
_CHINESE_REWORK = re.compile(
    r"(?:请|请你|麻烦|帮我)*(?:"
    r"(?:再)?(?:简短|简洁|简单|详细|正式|口语化)(?:一点|一些|点|些)(?:吧)?|"
    r"(?:把(?:它|这个|这段|上面的内容|上面的|答案|你的回答|刚才的回答))?"
    r"(?:翻译|改写|改|缩短|精简|总结|概括|润色|整理|写|换)(?:成|为|到)?(?:一下|一句话|表格|列表|"
    r"英文|英语|中文|德文|德语|法文|法语|西班牙语|西班牙文|日文|日语|更简短|更正式|短一点|简单一点)|"
    r"用(?:英文|英语|中文|德语|法语|西班牙语|日语|表格|列表|一句话)(?:再)?(?:说|回答|写|表示|重写|总结)?"
    r"(?:一遍|一下|一次)?|"
    r"继续(?:说|写)?(?:下去)?|接着(?:说|写)|再说一遍|重复一遍|短一点|长一点)"
)
_POLITE_BEFORE = re.compile(
    r"(?:(?:please|ok|okay|now|then|can you|could you|would you|will you|bitte|kannst du|"
    r"s il (?:te|vous) plaît|peux tu|por favor|puedes) )*+"
)
_POLITE_BEHIND = (
    *(" please", " now", " again", " for me", " bitte", " s il te plaît", " s il vous plaît"),
    *(" por favor", " thanks", " thank you"),
)


def needs_documents(question: str, after_reply: bool) -> bool:
    """Whether the question may have to do with the documents."""
    return kind(question, after_reply) is None


def kind(question: str, after_reply: bool) -> Kind | None:
    """What sort of talk this is; None when it may be a question to the documents.
    `after_reply` tells that something has been answered before."""
    folded = unicodedata.normalize("NFKC", question).casefold()
    said = re.findall(r"[^\W_]+(?:['’][^\W_]+)*", folded)
    sentence = " ".join(said)
    plain = folded.strip(" .!?。！？…")
    for one, sentences in _IN_MARKED_SCRIPTS.items():
        if plain in sentences.split("|"):
            return one
    found: Kind | None = None
    if len(said) > MOST_WORDS:
        return None
    if not said or _is_greeting(sentence):
        found = "greeting"
    elif _ABOUT.fullmatch(sentence):
        found = "about"
    elif _thanks(said) or (after_reply and all(word in _PRAISE for word in said)):
        found = "thanks"
    elif after_reply and _is_rework(sentence):
        found = "rework"
    return found


def _thanks(said: Sequence[str]) -> bool:
    return any(word in _THANKS for word in said) and all(
        word in _THANKS or word in _BESIDE_THANKS for word in said
    )


def _is_greeting(sentence: str) -> bool:
    rest = _GREETING_PHRASES.sub(" ", sentence)
    left = rest.split()
    greets = rest != sentence or any(word in _GREETING for word in left)
    return greets and all(word in _GREETING or word in _BESIDE_GREETING for word in left)


def _is_rework(sentence: str) -> bool:
    plain = _POLITE_BEFORE.sub("", sentence.replace("-", " "), count=1)
    while words := next(filter(plain.endswith, _POLITE_BEHIND), ""):
        plain = plain.removesuffix(words)
    return any(
        pattern.fullmatch(text)
        for pattern in (_REWORK, _OTHER_REWORK, _CHINESE_REWORK)
        for text in (sentence, plain)
    )
