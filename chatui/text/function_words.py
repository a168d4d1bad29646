"""The commonest words of many languages, which carry the form of a text and not its subject.

They tell languages apart, and a question loses them before its subject is looked for. Pure data, in
which all words are as `folding.fold` writes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from chatui.text.folding import fold

_LATIN = {
    "English": """
        the of and to a in is am are was were be been that for on with as by at from it its this
        these those which who whom whose what when where why how do does did has have had not or
        an he she they his her their there than can could would should will may into about
        between during such after before also only more most many much you your my we our i if
        then but so no all any each other""",
    "German": """
        der die das den dem des ein eine einen einem einer eines und oder aber auch als am an auf
        aus bei beim bis durch für gegen im in ins ist sind war waren wird werden wurde wurden
        worden hat haben hatte hatten kann können konnte soll sollte muss müssen darf mit nach nicht
        kein keine noch nur ob so über um unter vom von vor während wegen weil wenn wie wer wen wem
        wessen was wo woher wohin wodurch womit wofür worin woran warum wieso weshalb wann welche
        welcher welches welchen welchem wieviel viele viel zu zum zur zwischen es er sie ich du wir
        ihr man sich sein seine seinen seiner ihre ihren ihrer dies diese dieser dieses diesen jener
        jene dort hier dann dass mein meine meinen meiner meinem dein deine unser unsere mir mich
        dir uns etwas mehr sehr gibt geben laut gemäß bitte ab""",
    "French": """
        le la les l d un une des du de et ou mais en dans par pour sur sous avec sans chez vers au
        aux à est sont était étaient être été a ont avait avoir peut fait qui que quoi qu quel
        quelle quels quelles où quand comment combien pourquoi lequel laquelle lesquels ce cet cette
        ces c s n j m t se ne pas plus il elle ils elles on nous vous je tu son sa ses leur leurs
        mon ma mes y jusqu lorsqu puisqu quelqu dont entre selon lors depuis ainsi aussi très""",
    "Spanish": """
        el los las la lo un una unos unas de del al y e o u pero en con sin por para según entre
        sobre desde hasta es son era eran fue fueron ser sido estar está están ha han había haber
        hay tiene tienen puede qué que quién quienes quiénes cuál cuáles cuándo cuánto cuánta
        cuántos cuántas dónde cómo cuyo su sus se si no más muy también como este esta estos estas
        ese esa eso esto mi mis nos yo""",
    "Portuguese": """
        o a os as um uma uns umas de do da dos das em no na nos nas ao à pelo pela com sem por para
        entre sobre é são foi foram ser tem têm era havia que quem qual quais quando quanto quanta
        quantos quantas onde como e ou não mais se seu sua seus suas isso este esta esse essa meu
        minha""",
    "Italian": """
        il lo la gli i le un uno una di dei degli delle dello della del nel nella nei nelle sul
        sulla dal dalla con per tra fra in da è sono era erano fu furono stato stata ha hanno aveva
        dell nell sull dall all l un quest quell dov com cos può che chi
        cosa quale quali quando quanto quanta quanti quante dove come perché e o non più
        si suo sua suoi loro questo questa mio mia ci""",
    "Dutch": """
        de het een van en in voor niet met zijn is was waren werd worden heeft hebben had wie wat
        welke welk wanneer waar waarom hoe hoeveel aan bij door naar om op over tot uit dat deze dit
        die er te als ook ik je mijn""",
    "Swedish": """
        och att det som är ett en av på med till den från för inte om har hade kan vad vem vilka
        vilken vilket när var hur många mycket varför de i""",
    "Norwegian": """
        og ikke er til det som en et av på med den fra for om har hadde kan hva hvem hvor hvordan
        hvorfor når hvilken hvilke hvilket mange jeg i de""",
    "Danish": """
        og ikke er til det som en et af på med den fra for om har havde kan hvad hvem hvor hvordan
        hvorfor hvornår hvilken hvilke hvilket mange jeg i de""",
    "Polish": """
        w we z ze i na do od a o u po za dla przez przy jest są był była było były być nie się jak
        kto co kiedy gdzie dlaczego ile jaki jaka jakie który która które których to ten ta te jego
        jej ich czy oraz""",
    "Turkish": """
        ve bir bu şu için ile mi mı ne kim nerede hangi nasıl neden kaç zaman olan olarak de da
        daha çok gibi""",
    "Czech": """
        v s k z a i na do je jsou byl byla bylo se že kdo kdy kde proč kolik jak který která které
        jaký co nebo""",
    "Romanian": """
        și sau cu pe în din la de ce cine când unde cum câte câți care este sunt a fost nu un o
        pentru""",
    "Indonesian": """
        yang dan di ke dari dengan untuk pada adalah apa siapa kapan mana bagaimana mengapa berapa
        ini itu tidak""",
    "Finnish": "on oli mikä kuka missä milloin miten miksi kuinka ja tai ei että se",
    "Hungarian": "az egy és hogy nem ki hol mi mikor hogyan miért mennyi hány a van volt",
    "Vietnamese": """
        là của và có những các một cho với trong được gì ai khi nào đâu bao nhiêu thế như tại sao ở
        không này đó ấy đã đang sẽ bị về từ đến vào cũng rất hoặc nhưng vì nên trước giữa bởi mà thì
        việc sự đều gồm""",
    "Swahili": "ya wa kwa ni nini nani lini wapi na la za cha katika",
}
_CYRILLIC = {
    "Russian": """
        и в во на не что чего чему чем он она оно они я ты мы вы с со к ко у о об от до из за по под
        при для без над как какой какая какое какие каких каким какую какого какому каком кто кого
        кому кем ком где куда откуда когда почему зачем сколько чей чья чьё каков
        какова каково каковы который которая которое которые которого которой которых которому
        которым котором ли же бы а но или то это этот эта эти этого этой этих тот та те был была
        было были есть быть его её их ему ей им мой моя мои свой свою между после перед через также
        во время году является согласно""",
    "Ukrainian": """
        і й в у з та що хто де коли чому як який яка яке які скільки це цей із є був була були для
        від не на до""",
    "Bulgarian": "и в на не че от за с по е са се кой коя кое кои какво къде кога как защо до",
}
_OTHERS = {
    "Greek": """
        και το τα ο η οι του της των τον την τους τις σε στο στη στην στον στα στις με για από είναι
        ήταν που πού πως πώς τι ποιος ποια ποιο ποιοι ποιες ποιον ποιου πότε γιατί πόσα πόσο πόσοι
        πόσες πόση ένα ένας μια δεν να θα αν ως""",
    "Arabic": """
        ما ماذا من منذ متى متي اين كيف كم هل لماذا اي ايه الذي التي الذين اللذين اللذان اللواتي في
        علي الي عن مع هذا هذه ذلك تلك هولاء كان كانت كانوا يكون تكون هو هي هم قد لم لن لا ليس ليست
        ان او ثم بعد قبل عند عندما بين خلال حول حيث كل بعض غير له لها لهم به بها فيه فيها منه منها
        عنه عليه عليها اليه يتم تم عدد اسم وفقا بواسطه لدي سوف كما اذا بما مما لقد وما ومن وفي""",
    "Hindi": """
        क्या कौन कौनसा कौनसी कब कहाँ कहां कैसे कैसी कैसा कितने कितना कितनी किस किसने किसे किसका किसकी
        किसके किन किनके क्यों का की के को में से पर है हैं हो था थी थे ने और या यह वह ये वे इस उस इन
        उन एक जो जिस तो भी ही हुआ हुई हुए गया गई गए कर करने करना किया किए होता होती होते द्वारा लिए
        साथ रहा रही रहे अपने अपनी अपना नहीं तक बाद पहले दौरान सा सी""",
    "Hebrew": """
        את של על עם אל לא כי אם או גם זה זאת זו הוא היא הם היה היתה היו מה מי מתי איפה היכן איך כיצד
        למה מדוע כמה איזה איזו אילו אשר בין לפי""",
    "Persian": """
        چه چی کی که کجا چرا چگونه چطور چند چقدر کدام آیا است هست بود شد شده می در از به با برای را و
        این آن یک تا هم یا""",
    "Urdu": """
        کیا کون کب کہاں کیسے کیوں کتنا کتنے کتنی کس کا کے
        کو میں سے پر ہے ہیں تھا تھے تھی نے اور یہ وہ""",
    "Bengali": "কি কী কে কখন কোথায় কেন কিভাবে কীভাবে কত কোন কার এবং ও এই সেই হয় ছিল থেকে",
    "Tamil": "என்ன யார் எப்போது எங்கே ஏன் எப்படி எத்தனை எது எந்த இது அது மற்றும் ஒரு",
    "Telugu": "ఏమి ఏమిటి ఎవరు ఎప్పుడు ఎక్కడ ఎందుకు ఎలా ఎన్ని ఏది ఈ ఆ మరియు ఒక",
    "Georgian": "რა ვინ როდის სად რატომ როგორ რამდენი რომელი არის იყო და ეს ის თუ",
    "Armenian": "ինչ ով երբ որտեղ ինչու ինչպես քանի որը որ է էր և այս այն",
}
_SIGNS = {
    "German": """
        bedeutet heißt kostet macht steht liegt lebt lebte arbeitet funktioniert geht ging kommt kam
        wohnt gilt passiert passierte geschah gab starb geboren jahr jahre jahren""",
    "French": """
        signifie coûte fonctionne appelle né née mort année années ans pays ville eu lieu""",
    "Spanish": """
        significa cuesta vive vivió hace hizo dice funciona llama nació murió ocurrió pasa pasó ganó
        año años país ciudad""",
    "Portuguese": """
        significa custa vive faz fez disse funciona chama nasceu morreu aconteceu ganhou ano anos
        país cidade""",
    "Italian": """
        significa costa vive fa dice funziona chiama nacque nato morì successe vinse anno anni paese
        città""",
    "Dutch": "betekent kost woont werkt gaat komt heet gebeurde stierf geboren jaar jaren",
    "Swedish": "betyder kostar bor fungerar heter hände dog född år",
    "Norwegian": "betyr koster bor fungerer heter skjedde døde født år",
    "Danish": "betyder koster bor fungerer hedder skete døde født år",
    "Polish": "znaczy kosztuje mieszka działa nazywa urodził zmarł roku lat wygrał",
    "Turkish": "demek anlama kadar nedir kimdir oldu yıl yılında",
}
"""Words that tell a language as these do, but are of a question's subject."""
_ASKING = {
    "German": "wer wem wen wessen wann warum wieso weshalb welche welcher welches woher wohin",
    "French": "qui quand pourquoi comment combien quel quelle quels quelles où",
    "Spanish": "qué quién quiénes cuál cuáles cuándo cuánto cuánta cuántos cuántas dónde cómo",
    "Portuguese": "quem quando onde qual quais quantos quantas",
    "Italian": "chi quando dove perché quale quali quanti quante",
    "Dutch": "wanneer waar waarom hoeveel welke",
    "Polish": "kto kiedy gdzie dlaczego ile jaki jaka jakie",
    "Czech": "kdo kdy kde proč kolik",
    "Swedish": "vem vad vilken vilka varför",
    "Norwegian": "hvem hva hvorfor hvordan",
    "Danish": "hvem hvad hvorfor hvordan hvornår",
    "Romanian": "cine când unde câte câți",
    "Finnish": "mikä kuka missä milloin miksi kuinka",
    "Hungarian": "ki hol mikor hogyan miért mennyi hány",
    "Turkish": "kim nerede hangi nasıl neden kaç",
}
"""Those that begin a question; there they say more than in the middle of a text."""
LETTERS = {
    "German": "ß", "Spanish": "¿¡ñ", "Portuguese": "ãõ", "Polish": "ąęłśźż", "Czech": "řěů",
    "Turkish": "ığ", "Romanian": "ășț", "Hungarian": "őű", "Vietnamese": (
        "ơưđạảấầẩậắằặẹẻẽếềểễệịọỏốồổỗộớờởợụủứừửữự"
    ),
    "Ukrainian": "єїґ", "Russian": "ыэё",
}  # fmt: skip
"""Signs that only one of the languages in Latin or in Cyrillic letters has, of those that are told
apart here."""


@cache
def signs() -> Mapping[str, frozenset[str]]:
    """Words of its subject that tell a question's language, of those in Latin script."""
    return _sets(_SIGNS)


@cache
def asking() -> Mapping[str, frozenset[str]]:
    """Words that begin a question, by language, of those in Latin script."""
    return _sets(_ASKING)


@cache
def latin() -> Mapping[str, frozenset[str]]:
    """By language, of those in Latin script."""
    return _sets(_LATIN)


@cache
def cyrillic() -> Mapping[str, frozenset[str]]:
    return _sets(_CYRILLIC)


@cache
def foreign_latin() -> frozenset[str]:
    """Of languages in Latin script but English, which may be names in an English text."""
    return frozenset[str]().union(*(words for name, words in latin().items() if name != "English"))


@cache
def other_scripts() -> frozenset[str]:
    """Of languages in scripts with spaces other than Latin."""
    return frozenset[str]().union(*cyrillic().values(), *_sets(_OTHERS).values())


def _sets(lists: Mapping[str, str]) -> Mapping[str, frozenset[str]]:
    return {name: frozenset(fold(words).split()) for name, words in lists.items()}
