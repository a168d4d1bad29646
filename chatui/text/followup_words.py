"""What tells in five languages that a question leans on what was said before it.

English, German, French and Spanish words are written without accents, as `folded` makes
them; Chinese has patterns of its own. Only words that seldom mean anything else are here:
German "sie" and Spanish "la" would be, but stand in too many questions that need no history.
"""

from __future__ import annotations

import re
import unicodedata


def word_set(text: str) -> frozenset[str]:
    return frozenset(text.split())


FORM_WORDS = word_set(
    # English, German, French, Spanish
    """a about after again all also am an and any are as at be because been before being between
    both but by can could did do does doing done else ever exactly for from get give go got had
    has have having he her here hers him his how i if in into is it its itself just kind let many
    may me mean might more most much must my no nor not now of ok okay on once one ones only or
    other others our out over please really same say shall she should show so some such tell than
    thanks that the their theirs them then there these they this those though through to too under
    until up us use used very was we well were what whats when where which while who whom whose
    why will with without would yes you your explain describe s re detail details
    aber alle als am an auch auf aus bei bin bist bitte da damit daran darauf darin davon
    dazu das dass dafur dem den denn der deren des dessen die dies diese diesem diesen dieser
    dieses doch dort du ein eine einem einen einer eines er es etwas fur gab genau gibt hat hatte
    hatten haben ich ihm ihn ihnen ihr ihre ihren ihrer im in ins ist ja jetzt kann kannst konnen
    mal man mehr mein mit muss nach nein nicht noch nun nur oder ohne sein seine seinem seinen
    seiner sich sie sieht sind so soll steht uber um und uns unter viel viele vom von vor wann war
    waren warum was weil welche welchem welchen welcher welches wem wen wenn wer werden wessen wie
    wieso wird wo wofur woher wohin worin wurde wurden zu zum zur
    ai alors au aussi aux avec ca ce cela celle celles celui ces cet cette ceux c combien
    comment d dans de des du elle elles en encore est et etait ete etre eu fait il ils j je l la
    le les leur leurs lui mais me meme moi mon n ne non nous on ont ou par pas plus plait pour
    pourquoi qu quand que quel quelle quelles quels qui quoi sa sans se ses si son sont sous sur
    ta te tes ton tu un une va vous y
    al algo ante aquel aquella como con cual cuales cuando cuanta cuantas cuanto cuantos de
    del donde e el ella ellas ello ellos en entre era es esa esas ese eso esos esta estan estas
    este esto estos fue fueron ha han hay la las le les lo los mas me mi mucho muy ni no nos o
    otra otro para pasa pero por porque pues que quien quienes se ser si sin sobre son su sus
    tal tambien te tiene tienen tu u un una unas uno unos y ya
    """
)
"""Words that give a question its form. What is left over says what it is about."""

PERSONS = word_set("he him his she her hers they them their theirs er ihn ihm elle il")
"""They stand for someone whom the reply may have named."""

POINTERS = word_set(
    """it its he him his she her hers they them their theirs this that these those former latter
    er ihn ihm ihnen seine seinen seiner sein ihre ihren ihrer dieser dieses diesem davon dafur
    dazu darin daran dessen deren
    il ils elle elles lui cela ca celui celle ceux leur leurs son sa ses
    ella ello ellos ellas eso esto aquello su sus"""
)
"""Pronouns, and adverbs with one in them, that seldom mean anything else."""

GERMAN = word_set(
    "der das und ist wie welche welcher welches wann warum wer wo kann den dem ein eine von fur "
    "mit sie aber oder es wird viel viele"
)
"""Words that tell a German question."""

DEFINITION = re.compile(
    r"\W*(?:what|who) (?:is|are|was|were) |\W*(?:was|wer) (?:ist|sind|war) |"
    r"\W*qu est ce |\W*qui est |\W*(?:que|quien) (?:es|son|era) "
)
CHINESE_DEFINITION = re.compile("什么是|何为|何谓|是什么|是谁|谁是")

NO_POINTERS = re.compile(
    # Existential "there" and the "it" that stands for a clause to come.
    r"\b(?:is|are|was|were|be) there\b|\bthere (?:is|are|was|were)\b|"
    r"\bit (?:is |be |was )?(?:possible|necessary|important|true|safe|allowed|take|takes|took|mean|"
    r"means|make sense|matter)\b(?=.{0,200}\b(?:to|that|for|if|when)\b)|"
    r"\bil (?:y a|faut|est possible)\b|\bc est\b|\best ce (?:que|qu)\b|\bce (?:que|qui)\b",
    re.IGNORECASE,
)

ORDINALS = {
    1: "first 1st erste ersten erster erstes premier premiere primero primera primer",
    2: "second 2nd zweite zweiten zweiter zweites deuxieme seconde segundo segunda",
    3: "third 3rd dritte dritten dritter drittes troisieme tercero tercera tercer",
    4: "fourth 4th vierte vierten vierter viertes quatrieme cuarto cuarta",
    5: "fifth 5th funfte funften funfter funftes cinquieme quinto quinta",
    -1: "last letzte letzten letzter letztes dernier derniere ultimo ultima latter",
}
PLACE_OF_ORDINAL = {word: place for place, words in ORDINALS.items() for word in words.split()}
NUMBERED = re.compile(r"(?:\b(?:number|option|item|point|step|nummer|punkt|numero)|#) ?(\d{1,2})\b")
CHINESE_ORDINAL = re.compile(r"第([一二两三四五1-5])[个种项点条款]|最后(?:一)?[个种项点条款]")
CHINESE_PLACES = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5}

HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
KANA = re.compile("[\u3040-\u30ff]")
CHINESE_FORM = re.compile(
    "什么时候|为什么|怎么样|怎么办|多少|什么|甚么|为何|怎么|怎样|如何|哪[里些个年种位儿]?|几[个年种位]|谁|"
    "是否|有没有|那么|那个|那些|那|这个|这些|这|它们|他们|她们|它|他|她|其|该|此|还有|而且|但是|以及|"
    "呢|吗|吧|啊|请问|请|有关|关于|的|了|是|在|有|和|与|也|又|再|一下|解释|说明"
)
CHINESE_OPENERS = re.compile(r"\s*(?:那|还有|而|但|可是|另外|同样)")
CHINESE_CLOSERS = re.compile(r"呢[\s?？!！。]*$")
CHINESE_PRONOUNS = re.compile("它(?!们)|(?<!其)他(?![国乡人们])|她(?!们)")
"""One thing or person; 它们 and the like mostly stand for what the same question names."""
CHINESE_POINTERS = re.compile(
    r"它|(?<!其)他(?!国|乡|人)|她|(?<![尤极与唯])其(?!他|中|它|实|次|余)|这|那(?!么)|该|前者|后者|上述"
)


def folded(text: str) -> str:
    """Lower case, without accents; quotes and dashes are spaces."""
    return unaccented(text).casefold()


def unaccented(text: str) -> str:
    """Without accents; quotes and dashes are spaces."""
    if not text.isascii():
        plain = unicodedata.normalize("NFKD", text)
        text = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return _JOINTS.sub(" ", text)


_JOINTS = re.compile(r"['’`\-–—]")
