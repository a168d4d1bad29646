"""What is said around a request: "Could you please tell me how", "Kannst du mir erklären, wie"."""

from __future__ import annotations

import re

LEAD_INS = re.compile(
    r"""(?:
        (?:hi|hello|hey|hallo|bonjour|salut|hola|ciao|olá|dear\ \w+)(?:\ there|\ chatui)?
        \s*[,!.:]\s*
      | (?:please|bitte|so|ok|okay|well)\b[\s,]*
      # English
      | (?:can|could|would|will)\ you\ (?:(?:please|kindly|maybe)\ )?
        (?:help\ me\ (?:to\ |with\ )?|(?:tell|show)\ me(?:\ about)?\b|explain(?:\ to\ me)?\b)?
      | tell\ me\ about | (?:tell|show|teach)\ me\b | explain\ to\ me
      | help\ me\ (?:to\b|with\b)? | do\ you\ know
      | i(?:\ would|’d|'d)?\ (?:want|need|like|wish)\ (?:you\ )?to
        \ (?:know|learn|understand|find\ out)(?:\ about)?\b
      | i\ (?:have|had|'ve|’ve)(?:\ got)?\ (?:a|one|some)\ (?:quick\ |short\ )?questions?
        \ (?:about|on)\b
      | i(?:\ am|'m|’m)\ (?:wondering|asking\ myself)\b
      # German
      | (?:kannst\ du|können\ sie|könntest\ du|könnten\ sie|würdest\ du)(?:\ (?:mir|uns|bitte|mal))*
        (?:\ (?:erklären|sagen|zeigen|verraten)\s*,)?
      | (?:erklär(?:e)?|sag(?:e)?|zeig(?:e)?)\ mir(?:\ (?:bitte|mal))*\s*,?
      | ich\ (?:möchte|will|würde\ gern(?:e)?)\ (?:wissen|verstehen)\s*,
      # French
      | (?:peux-tu|pouvez-vous|pourrais-tu|pourriez-vous)
        (?:\ (?:m['’](?:expliquer|aider\ à|indiquer)|me\ (?:dire|montrer|donner)))?
      | (?:explique|dis|montre)(?:z)?-moi | s['’]il\ (?:te|vous)\ plaît\s*,?
      | je\ (?:veux|voudrais|aimerais)\ (?:savoir|comprendre)
      # Spanish
      | ¿?\s*(?:puedes|podrías|puede|podría)
        (?:\ (?:explicarme|decirme|mostrarme|ayudarme\ (?:a|con)))?
      | (?:explícame|dime|muéstrame|por\ favor)\s*,? | quiero\ (?:saber|entender)
      # Chinese, Japanese
      | (?:请问|请你|请|麻烦你?|你?能不能|你?可不可以|你能|可以|帮我|告诉我|我想知道
        |我想问一?下?)[，,\s]*
      | (?:すみません|教えて)[、,。\s]*
    )\s*""",
    re.VERBOSE | re.IGNORECASE,
)
"""Before a request; what follows says what it is about."""

_TRAILER = re.compile(
    r"""\b(?:please|thanks|thank\ you|bitte|danke|merci|gracias) | s['’]il\ (?:te|vous)\ plaît
      | por\ favor | 谢谢 | 吗 | 呢
      | を?教えて(?:ください|下さい)? | (?:して)?(?:ください|下さい)""",
    re.VERBOSE | re.IGNORECASE,
)
"""Behind a request."""


def without_trailers(sentence: str) -> str:
    """The sentence without what is said behind a request, and without the marks behind that."""
    end = len(sentence.rstrip(" .!?？。！"))
    kept = len(sentence)
    for trailer in reversed(list(_TRAILER.finditer(sentence))):
        if trailer.end() != end:
            break
        kept = end = len(sentence[: trailer.start()].rstrip(" ,，"))
    return sentence[:kept]
