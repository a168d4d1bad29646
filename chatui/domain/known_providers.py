"""The providers that chatui knows by itself: all that is published of them and used here.

With its key in the environment each of them is there without a word in the config. The order
counts: `auto` takes the first one whose key is set. Of keys with two names in use the first that is
set counts. A name here is the `provider` of `provider/model`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from urllib.parse import urlsplit

from chatui.domain.cache_rule import SHORT_LIVED, CacheRule

STANDARD_ALONE = frozenset(("top_k", "min_p", "repeat_penalty", "repetition_penalty", "grammar"))
"""What OpenAI's protocol does not have, by the names of the fields."""
SHARED_KEYS = frozenset(("GOOGLE_API_KEY",))
"""Variables that a company's other services have keys in, maps and searches say: who has set
one has not asked for its models by that."""
PENALTIES = frozenset(("presence_penalty", "frequency_penalty"))


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownProvider:
    """`keys` are the variables that may hold its key, with commas between, and `model` what `auto`
    takes of it. `hosts` are others of its own, with the same rules. `without` are the fields of
    chat completions that it is documented not to take: most ignore them in silence. `schema` is how
    it is told a JSON schema, `usage_asked` whether it reports usage only if it is asked to, and
    `cache_key` the field that leads a conversation's prompts to where the last one is kept.
    `currency` is that of its own price list. `cache` is what it keeps of prompts unasked, None
    where it publishes nothing of the kind; what single models keep is in `cost.cache_rules`."""

    name: str
    title: str
    base_url: str
    keys: str = ""
    model: str = ""
    hosts: tuple[str, ...] = ()
    local: bool = False
    api: Literal["", "messages", "responses", "gemini", "openrouter"] = ""
    without: frozenset[str] = frozenset()
    schema: Literal["json_schema", "json_object", "words"] = "json_schema"
    usage_asked: bool = True
    cache_key: str = ""
    currency: str = "USD"
    cache: CacheRule | None = CacheRule()

    @property
    def host(self) -> str:
        return host_of(self.base_url)


KNOWN = (
    KnownProvider(
        name="openai",
        title="OpenAI",
        base_url="https://api.openai.com/v1",
        keys="OPENAI_API_KEY",
        model="gpt-5-mini",
        without=STANDARD_ALONE,
        cache_key="prompt_cache_key",
        # https://developers.openai.com/api/docs/guides/prompt-caching
        cache=CacheRule(step=128),
    ),
    KnownProvider(
        name="anthropic",
        title="Anthropic",
        base_url="https://api.anthropic.com/v1",
        keys="ANTHROPIC_API_KEY",
        model="claude-haiku-4-5",
        api="messages",
        # https://platform.claude.com/docs/en/api/openai-sdk lists what is ignored without a word.
        without=STANDARD_ALONE | PENALTIES | {"seed", "reasoning_effort"},
        schema="words",
        cache=None,
    ),
    KnownProvider(
        name="deepseek",
        title="DeepSeek",
        base_url="https://api.deepseek.com",
        keys="DEEPSEEK_API_KEY",
        model="deepseek-chat",
        # https://api-docs.deepseek.com/api/create-chat-completion knows no others.
        without=STANDARD_ALONE | {"seed"},
        # https://api-docs.deepseek.com/guides/json_mode: the prompt has to speak of JSON.
        schema="json_object",
        # https://api-docs.deepseek.com/guides/kv_cache: kept "a few hours to a few days"
        cache=CacheRule(64, timedelta(hours=2), step=64),
    ),
    KnownProvider(
        name="openrouter",
        title="OpenRouter",
        base_url="https://openrouter.ai/api/v1",
        keys="OPENROUTER_API_KEY",
        model="openai/gpt-5-mini",
        api="openrouter",
        # https://openrouter.ai/docs/api_reference/parameters
        without=frozenset(("grammar", "repeat_penalty")),
    ),
    KnownProvider(
        name="google",
        title="Google",
        base_url="https://generativelanguage.googleapis.com/v1beta",
        keys="GEMINI_API_KEY,GOOGLE_API_KEY",
        model="gemini-3.8-flash",
        api="gemini",
    ),
    KnownProvider(
        name="mistral",
        title="Mistral",
        base_url="https://api.mistral.ai/v1",
        keys="MISTRAL_API_KEY",
        model="mistral-medium-latest",
        # https://docs.mistral.ai/api/endpoint/chat: a seed is `random_seed` there, and what it does
        # not know is refused. The last chunk of a stream has its usage in any case.
        without=STANDARD_ALONE | {"seed"},
        usage_asked=False,
    ),
    KnownProvider(
        name="groq",
        title="Groq",
        base_url="https://api.groq.com/openai/v1",
        keys="GROQ_API_KEY",
        model="openai/gpt-oss-120b",
        # https://console.groq.com/docs/api-reference#chat-create: no model has the penalties yet.
        without=STANDARD_ALONE | PENALTIES,
        # https://console.groq.com/docs/prompt-caching: 128 to 1,024 tokens, by the model
        cache=CacheRule(lifetime=timedelta(hours=2)),
    ),
    KnownProvider(
        name="xai",
        title="xAI",
        base_url="https://api.x.ai/v1",
        keys="XAI_API_KEY",
        model="grok-4.7",
        # https://docs.x.ai/developers/model-capabilities/text/best-practices: chat completions are
        # deprecated there, and `prompt_cache_key` is the Responses API's.
        api="responses",
        without=STANDARD_ALONE,
        # https://docs.x.ai/developers/advanced-api-usage/prompt-caching names no least and no time.
        cache=CacheRule(1, SHORT_LIVED),
    ),
    KnownProvider(
        name="together",
        title="Together",
        base_url="https://api.together.xyz/v1",
        keys="TOGETHER_API_KEY",
        model="zai-org/GLM-5.3-Flash",
        # https://docs.together.ai/reference/chat-completions
        without=frozenset(("repeat_penalty", "grammar")),
        cache=CacheRule(1, SHORT_LIVED),
    ),
    KnownProvider(
        name="dashscope",
        title="DashScope",
        base_url="https://dashscope.aliyuncs.com/compatible-mode/v1",
        keys="DASHSCOPE_API_KEY",
        model="qwen-plus",
        # https://help.aliyun.com/en/model-studio/regions
        hosts=("dashscope-intl.aliyuncs.com", "dashscope-us.aliyuncs.com", "maas.aliyuncs.com"),
        # https://help.aliyun.com/en/model-studio/qwen-api-via-openai-chat-completions: thinking is
        # told by a field of its own.
        without=frozenset(
            (
                "min_p",
                "repeat_penalty",
                "repetition_penalty",
                "frequency_penalty",
                "grammar",
                "reasoning_effort",
            )
        ),
        currency="CNY",
        # https://help.aliyun.com/model-studio/context-cache: hits cost a fifth; no time is named.
        cache=CacheRule(lifetime=SHORT_LIVED, free=True),
    ),
    KnownProvider(
        name="qianfan",
        title="Baidu Qianfan",
        base_url="https://qianfan.baidubce.com/v2",
        keys="QIANFAN_API_KEY",
        model="ernie-4.5-turbo-128k",
        # https://cloud.baidu.com/doc/qianfan-api/s/3m7of64lb
        without=frozenset(("top_k", "min_p", "repeat_penalty", "grammar")),
        currency="CNY",
        cache=None,
    ),
    KnownProvider(
        name="zai",
        title="Z.ai",
        base_url="https://api.z.ai/api/paas/v4",
        keys="ZAI_API_KEY,Z_AI_API_KEY",
        model="glm-5.3",
        # https://docs.z.ai/api-reference/llm/chat-completion
        without=STANDARD_ALONE | PENALTIES | {"seed"},
        schema="json_object",
        cache=CacheRule(1, SHORT_LIVED, free=True),
    ),
    KnownProvider(
        name="zhipuai",
        title="Zhipu (BigModel)",
        base_url="https://open.bigmodel.cn/api/paas/v4",
        keys="ZHIPUAI_API_KEY,ZHIPU_API_KEY,BIGMODEL_API_KEY",
        model="glm-5.3-flash",
        # https://docs.bigmodel.cn/api-reference
        without=STANDARD_ALONE | PENALTIES | {"seed"},
        schema="json_object",
        currency="CNY",
        cache=CacheRule(1, SHORT_LIVED, free=True),
    ),
    KnownProvider(
        name="moonshot",
        title="Moonshot",
        base_url="https://api.moonshot.ai/v1",
        keys="MOONSHOT_API_KEY",
        model="kimi-k3",
        hosts=("api.moonshot.cn",),
        # https://platform.kimi.ai/docs/api/chat
        without=STANDARD_ALONE | {"seed"},
        cache_key="prompt_cache_key",
        cache=CacheRule(1, SHORT_LIVED),
    ),
    KnownProvider(
        name="ollama",
        title="Ollama",
        base_url="http://127.0.0.1:11434/v1",
        local=True,
        # https://docs.ollama.com/api/openai-compatibility
        without=STANDARD_ALONE,
        schema="json_schema",
        cache=None,
    ),
)


def known_provider(name: str) -> KnownProvider | None:
    """The one of that name, wherever it is asked."""
    return next((one for one in KNOWN if one.name == name), None)


def known_as(base_url: str, name: str) -> KnownProvider | None:
    """Whose an address is, or by its name whose protocol is spoken there. OpenAI's is spoken by
    servers of all kinds."""
    return provider_at(base_url) or (known_provider(name) if name != "openai" else None)


def provider_at(base_url: str) -> KnownProvider | None:
    """Whose an address is."""
    host = f".{host_of(base_url)}"
    return next((one for one in KNOWN if any(map(host.endswith, _places(one)))), None)


def host_of(base_url: str) -> str:
    """The host of an address; "" where that is wrong, which is said when it is called."""
    try:
        return urlsplit(base_url).hostname or ""
    except ValueError:
        return ""


def _places(one: KnownProvider) -> Iterator[str]:
    if not one.local:
        yield from (f".{host}" for host in (one.host, *one.hosts))
