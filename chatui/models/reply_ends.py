"""How a reply ended, by the word that its server has for it."""

from __future__ import annotations

from chatui.domain.conversation import FinishReason

_WORDS = {
    FinishReason.STOP: (
        "stop end_turn stop_sequence stop_token eos eos_token end_of_text end complete completed "
        "finish finished done normal success"
    ),
    FinishReason.LENGTH: (
        "length max_tokens model_length max_output_tokens max_new_tokens max_completion_tokens "
        "max_length token_limit error_limit context_length context_window_exceeded "
        "model_context_window_exceeded"
    ),
    FinishReason.FILTER: (
        "content_filter content_filtered content_filter_stop sensitive safety recitation blocklist "
        "prohibited_content spii language image_safety image_prohibited_content image_recitation "
        "error_toxic guardrail_intervened"
    ),
    FinishReason.REFUSAL: "refusal refused",
    FinishReason.TOOL: (
        "tool_calls tool_call tool_use function_call malformed_function_call unexpected_tool_call "
        "too_many_tool_calls"
    ),
    FinishReason.PAUSED: "pause_turn pause paused",
    FinishReason.ERROR: (
        "error network_error insufficient_system_resource server_error internal_error engine_error "
        "abort aborted failed timeout cancelled canceled malformed_response "
        "missing_thought_signature"
    ),
}
END_WORDS = {word: reason for reason, words in _WORDS.items() for word in words.split()}
"""OpenAI, Azure, Anthropic, Gemini, Mistral, DeepSeek, Zhipu, Cohere, Bedrock, vLLM, SGLang, TGI
and Ollama. "content_filter: RECITATION" is read by its first word; case counts for nothing."""


def reason_of(word: str) -> FinishReason:
    """The reason for a server's word; OTHER for one that nobody knows."""
    name = word.partition(":")[0].strip().lower().removeprefix("finish_reason_")
    return END_WORDS.get(name.replace("-", "_").replace(" ", "_"), FinishReason.OTHER)
