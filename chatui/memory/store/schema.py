"""The tables of chats.db.

A conversation is a tree of turns: `turns.parent` points at the turn before, and
`conversations.head` at the newest turn shown. Edits and retries add a sibling and move the
head; `head_moves` is the trail that undo and redo walk along. A turn's texts are messages,
so that each has an id, a time and a place in the full-text index.

Ids are hexadecimal digits, times UTC in ISO 8601, amounts of money decimal numbers as text. A
`fingerprint` names the embedding model that a vector belongs to.
"""

from __future__ import annotations

from typing import Final

from chatui.memory.store.schema_steps import STEPS
from chatui.system.sqlite import Schema

SCHEMA: Final = Schema(
    # What migrations had come to before the first release: files of then are still opened.
    version=29,
    script="""
-- Conversations

CREATE TABLE conversations (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    created TEXT NOT NULL,
    updated TEXT NOT NULL,
    model TEXT NOT NULL DEFAULT '',     -- that of the newest reply
    head TEXT REFERENCES turns(id),     -- NULL before the first turn
    move INTEGER NOT NULL DEFAULT 0,    -- where on the trail the head is
    ask INTEGER NOT NULL DEFAULT 0,     -- asked once from the shell, and not gone on with
    origin TEXT NOT NULL DEFAULT '',    -- of an imported one: its name where it comes from
    kept TEXT NOT NULL DEFAULT '',      -- pinned, archived, or neither
    tags TEXT NOT NULL DEFAULT ''       -- with a blank before and behind each, or nothing
);
CREATE INDEX conversations_updated ON conversations(updated);
CREATE INDEX conversations_origin ON conversations(origin) WHERE origin <> '';
CREATE INDEX conversations_asks ON conversations(ask, updated);
CREATE INDEX conversations_pinned ON conversations(updated) WHERE kept = 'pinned';

-- A question with what became of it.
CREATE TABLE turns (
    id TEXT PRIMARY KEY,
    conversation TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
    parent TEXT REFERENCES turns(id),
    depth INTEGER NOT NULL,             -- turns on the path to it, itself included
    state TEXT NOT NULL,
    writer TEXT,                        -- of a pending turn: whose lock file it is written under
    pinned INTEGER NOT NULL DEFAULT 0,
    asked TEXT NOT NULL,                -- when
    window_start TEXT,                  -- the turn that its prompt began with
    window_cap INTEGER,                 -- tokens that its prompt was cut to
    window_cut INTEGER NOT NULL DEFAULT 0,  -- tokens left out of its question's middle
    reasoning TEXT NOT NULL DEFAULT '', -- as the model wrote it
    finish_reason TEXT,
    error TEXT,                         -- the sentence
    usage TEXT,                         -- JSON
    cost TEXT,                          -- JSON
    timing TEXT,                        -- JSON
    searched TEXT,                      -- the text that was looked for in the documents
    passages TEXT,                      -- JSON
    citations TEXT,                     -- JSON
    dangling TEXT,                      -- JSON: the numbers cited that no passage had
    edited INTEGER NOT NULL DEFAULT 0,  -- whether the reply is the user's version of another one
    left_out TEXT,                      -- of every prompt, by the user: since when
    limited TEXT NOT NULL DEFAULT ''    -- the files that alone were looked into, a line each
);
CREATE INDEX turns_conversation ON turns(conversation);
CREATE INDEX turns_parent ON turns(parent);
CREATE INDEX turns_first ON turns(conversation) WHERE parent IS NULL;

-- The texts of turns. `id` is what an import brought along, or a new one.
CREATE TABLE messages (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    conversation TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
    turn TEXT NOT NULL REFERENCES turns(id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    name TEXT,                          -- who said it, where an import told that
    content TEXT NOT NULL,
    model TEXT NOT NULL DEFAULT '',
    created TEXT NOT NULL,
    UNIQUE (conversation, id)
);
CREATE INDEX messages_turn ON messages(turn, role);
CREATE INDEX messages_created ON messages(role, created);

-- The trail of heads. A compact is a step that leaves the head where it is and has a summary,
-- which undo withdraws.
CREATE TABLE head_moves (
    conversation TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
    move INTEGER NOT NULL,
    head TEXT REFERENCES turns(id) ON DELETE CASCADE,
    summary TEXT,
    PRIMARY KEY (conversation, move)
) WITHOUT ROWID;
CREATE INDEX head_moves_head ON head_moves(head);

-- The words of messages, with who said them; `conversation` is a word, to search one alone. The
-- index keeps no text of its own: the triggers hand it the words on the way in and, as FTS5 asks
-- for, the same again on the way out.
CREATE VIRTUAL TABLE message_words USING fts5(
    conversation, name, text, parts, content='',
    tokenize="porter unicode61 remove_diacritics 2 categories 'L* N* M* Co'"
);
CREATE TRIGGER message_added AFTER INSERT ON messages BEGIN
    INSERT INTO message_words(rowid, conversation, name, text, parts) VALUES (
        new.number, conversation_word(new.conversation),
        index_text(coalesce(new.name, '')), index_text(new.content), index_parts(new.content)
    );
END;
CREATE TRIGGER message_removed AFTER DELETE ON messages BEGIN
    INSERT INTO message_words(message_words, rowid, conversation, name, text, parts) VALUES (
        'delete', old.number, conversation_word(old.conversation),
        index_text(coalesce(old.name, '')), index_text(old.content), index_parts(old.content)
    );
END;
CREATE TRIGGER message_changed AFTER UPDATE OF content ON messages BEGIN
    INSERT INTO message_words(message_words, rowid, conversation, name, text, parts) VALUES (
        'delete', old.number, conversation_word(old.conversation),
        index_text(coalesce(old.name, '')), index_text(old.content), index_parts(old.content)
    );
    INSERT INTO message_words(rowid, conversation, name, text, parts) VALUES (
        new.number, conversation_word(new.conversation),
        index_text(coalesce(new.name, '')), index_text(new.content), index_parts(new.content)
    );
END;

-- The pictures and PDFs of questions, each once, by the SHA-256 of its bytes. What no turn has any
-- more goes with the last one that had it.
CREATE TABLE media (
    hash TEXT PRIMARY KEY,
    mime TEXT NOT NULL,
    width INTEGER NOT NULL,             -- pixels; 0 where that is not known
    height INTEGER NOT NULL,
    pages INTEGER NOT NULL,             -- of a PDF
    data BLOB NOT NULL
);
CREATE TABLE turn_media (
    turn TEXT NOT NULL REFERENCES turns(id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    hash TEXT NOT NULL REFERENCES media(hash),
    name TEXT NOT NULL,                 -- as the user named it
    PRIMARY KEY (turn, place)
) WITHOUT ROWID;
CREATE INDEX turn_media_hash ON turn_media(hash);
CREATE TRIGGER media_go AFTER DELETE ON turn_media
WHEN NOT EXISTS (SELECT 1 FROM turn_media WHERE hash = old.hash) BEGIN
    DELETE FROM media WHERE hash = old.hash;
END;

-- What a prompt remembers

-- What the prompts that were sent began with, for the next one to go on from: which bounds,
-- which pinned turns from before the start (ids with blanks between them), which summary.
CREATE TABLE sent_prompts (
    turn TEXT PRIMARY KEY REFERENCES turns(id) ON DELETE CASCADE,
    model TEXT NOT NULL,
    system TEXT NOT NULL,               -- a fingerprint
    turns INTEGER NOT NULL,             -- at most so many; 0: no bound
    pinned TEXT NOT NULL,               -- what stood before the start
    summary TEXT NOT NULL DEFAULT '',
    refilled TEXT NOT NULL DEFAULT ''   -- those of the same that no pin held there
) WITHOUT ROWID;

-- What a conversation chose for its memory; NULL leaves it to the settings.
CREATE TABLE memory_choices (
    conversation TEXT PRIMARY KEY REFERENCES conversations(id) ON DELETE CASCADE,
    cap INTEGER,                        -- tokens
    turns INTEGER,
    whole INTEGER,
    too_long TEXT,
    summarise INTEGER,
    recall INTEGER
) WITHOUT ROWID;

-- A summary stands for the path up to and including its turn `upto`, so it holds on every
-- branch that has that turn. What the user took back is `withdrawn`, not deleted.
CREATE TABLE summaries (
    id TEXT PRIMARY KEY,
    conversation TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
    upto TEXT NOT NULL REFERENCES turns(id) ON DELETE CASCADE,
    text TEXT NOT NULL,
    kind TEXT NOT NULL,                 -- rolling or compact
    model TEXT NOT NULL,
    focus TEXT NOT NULL DEFAULT '',     -- of a compact: what it was to keep in view
    turns INTEGER NOT NULL,             -- how many it stands for
    created TEXT NOT NULL,
    head TEXT,                          -- of a compact: the newest turn of then
    withdrawn INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX summaries_conversation ON summaries(conversation);

-- Messages are cut into pieces that the embedding model can read whole. AUTOINCREMENT: who has
-- read up to a number finds what is new behind it. `conversation` and `turn` are the message's
-- own, for looking into these alone.
CREATE TABLE message_vectors (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    message INTEGER NOT NULL REFERENCES messages(number) ON DELETE CASCADE,
    conversation TEXT NOT NULL,
    turn TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    char_start INTEGER NOT NULL,
    char_end INTEGER NOT NULL,
    vector BLOB NOT NULL
);
CREATE INDEX message_vectors_message ON message_vectors(message, fingerprint);
CREATE INDEX message_vectors_scope ON message_vectors(fingerprint, conversation);
CREATE TRIGGER message_reworded AFTER UPDATE OF content ON messages
WHEN new.content IS NOT old.content BEGIN
    DELETE FROM message_vectors WHERE message = old.number;
END;

-- The earlier turns that came back into a turn's prompt, in their order there.
CREATE TABLE recalls (
    turn TEXT NOT NULL REFERENCES turns(id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    recalled TEXT NOT NULL REFERENCES turns(id) ON DELETE CASCADE,
    score REAL NOT NULL,
    PRIMARY KEY (turn, place)
) WITHOUT ROWID;
CREATE INDEX recalls_recalled ON recalls(recalled);

-- What is kept across conversations. AUTOINCREMENT: the number of a note that was forgotten
-- never names another one. What was only proposed goes with its conversation.
CREATE TABLE notes (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    text TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'kept', -- or proposed
    created TEXT NOT NULL,
    updated TEXT NOT NULL,
    conversation TEXT REFERENCES conversations(id) ON DELETE SET NULL
);
CREATE TRIGGER proposals_go BEFORE DELETE ON conversations BEGIN
    DELETE FROM notes WHERE conversation = old.id AND state = 'proposed';
END;
CREATE TABLE note_vectors (
    note INTEGER NOT NULL REFERENCES notes(number) ON DELETE CASCADE,
    fingerprint TEXT NOT NULL,
    vector BLOB NOT NULL,
    PRIMARY KEY (note, fingerprint)
) WITHOUT ROWID;

-- A digest of what was declined or forgotten, so that it is not proposed again.
CREATE TABLE forgotten_notes (digest TEXT PRIMARY KEY) WITHOUT ROWID;

-- Whether notes may join prompts and be proposed; no row is a yes.
CREATE TABLE note_switch (place INTEGER PRIMARY KEY CHECK (place = 1), is_on INTEGER);

-- Money and models

-- A row for every call. What was spent stays known when its conversation is removed. The price
-- is unknown where `amount` is NULL, and so is the profile; '' is none.
CREATE TABLE ledger (
    number INTEGER PRIMARY KEY,
    conversation TEXT REFERENCES conversations(id) ON DELETE SET NULL,
    turn TEXT REFERENCES turns(id) ON DELETE SET NULL,
    kind TEXT NOT NULL,                 -- reply, summary, embedding …
    model TEXT NOT NULL,
    started TEXT NOT NULL,
    input INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    cache_write INTEGER NOT NULL,
    output INTEGER NOT NULL,
    reasoning INTEGER NOT NULL,         -- a part of the output
    usage_estimated INTEGER NOT NULL,
    raw_usage TEXT,                     -- what the provider sent, JSON
    amount TEXT,
    currency TEXT NOT NULL,
    price_source TEXT NOT NULL,
    cost_estimated INTEGER NOT NULL,
    price TEXT,                         -- the row of the price list that was used, JSON
    ttft REAL,                          -- seconds to the first token; NULL when none came
    seconds REAL NOT NULL,
    outcome TEXT NOT NULL,              -- a turn's state, or the name of an error
    profile TEXT,
    concise INTEGER NOT NULL DEFAULT 0, -- whether a brief answer was asked for
    streamed INTEGER,                   -- tokens of the output that came piece by piece
    gap_p95 REAL,                       -- seconds between the pieces, and the longest
    gap_longest REAL
);
CREATE INDEX ledger_conversation ON ledger(conversation);
CREATE INDEX ledger_turn ON ledger(turn);
CREATE INDEX ledger_started ON ledger(started);

-- The ledger added up in cells as far as a number, for statistics. It is only made quicker by them:
-- they can be emptied at any time, both tables together. x'' stands for NULL in what names a cell.
CREATE TABLE ledger_cells (
    what TEXT NOT NULL,                 -- hour, quarter (of one), model or conversation
    span TEXT NOT NULL,                 -- of a model's, a conversation's: day or month, of UTC
    period TEXT NOT NULL,               -- its beginning, cut to its length; '' is not known
    key NOT NULL,                       -- the model or the conversation
    profile NOT NULL,                   -- of a model's
    brief NOT NULL,                     -- of a model's: whether brief answers were asked for
    price NOT NULL,                     -- of those: the row of the price list
    currency TEXT NOT NULL,
    calls INTEGER NOT NULL,
    replies INTEGER NOT NULL,
    input INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    cache_write INTEGER NOT NULL,
    output INTEGER NOT NULL,
    reasoning INTEGER NOT NULL,
    usage_estimated INTEGER NOT NULL,   -- of any
    amount TEXT,                        -- the sum of what is known
    priced INTEGER NOT NULL,            -- calls whose price is known
    cost_estimated INTEGER NOT NULL,
    source TEXT,                        -- of prices: the first and the last by name
    other_source TEXT,
    cached REAL NOT NULL,               -- tokens of reported prompts
    prompt REAL NOT NULL,
    waits BLOB NOT NULL,                -- doubles in order, little-endian
    speeds BLOB NOT NULL,
    gaps BLOB NOT NULL,
    stall REAL,
    compared INTEGER NOT NULL,          -- replies that brief ones are compared with, or are
    output_sum REAL NOT NULL,
    output_square REAL NOT NULL,
    PRIMARY KEY (what, span, period, key, profile, brief, price, currency)
) WITHOUT ROWID;
CREATE TABLE ledger_summed (
    place INTEGER PRIMARY KEY CHECK (place = 1),
    upto INTEGER NOT NULL               -- the number of the last call that is in the cells
);

-- The calls that are under way, as the ledger has them, with what is known of them so far. Those
-- of a process that died are booked by the next one.
CREATE TABLE open_calls (
    turn TEXT PRIMARY KEY REFERENCES turns(id) ON DELETE CASCADE,
    writer TEXT NOT NULL,
    kind TEXT NOT NULL,
    model TEXT NOT NULL,
    started TEXT NOT NULL,
    input INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    cache_write INTEGER NOT NULL,
    output INTEGER NOT NULL,
    reasoning INTEGER NOT NULL,
    usage_estimated INTEGER NOT NULL,
    raw_usage TEXT,
    amount TEXT,
    currency TEXT NOT NULL,
    price_source TEXT NOT NULL,
    cost_estimated INTEGER NOT NULL,
    price TEXT,
    ttft REAL,
    seconds REAL NOT NULL,
    outcome TEXT NOT NULL,
    profile TEXT,
    concise INTEGER NOT NULL,
    streamed INTEGER,
    gap_p95 REAL,
    gap_longest REAL
) WITHOUT ROWID;

-- What the calls that are under way may cost at most.
CREATE TABLE promises (
    number INTEGER PRIMARY KEY AUTOINCREMENT,   -- whoever was promised first comes first
    writer TEXT NOT NULL,
    conversation TEXT NOT NULL,
    turn TEXT NOT NULL,
    amount TEXT NOT NULL,
    currency TEXT NOT NULL
);

-- What single conversations may cost; 0 lifts the limit of the settings.
CREATE TABLE conversation_budgets (
    conversation TEXT PRIMARY KEY REFERENCES conversations(id) ON DELETE CASCADE,
    amount TEXT NOT NULL,
    currency TEXT NOT NULL
) WITHOUT ROWID;

-- What was chosen for a conversation in the window: profile, documents, options, as JSON.
CREATE TABLE conversation_choices (
    conversation TEXT PRIMARY KEY REFERENCES conversations(id) ON DELETE CASCADE,
    chosen TEXT NOT NULL
) WITHOUT ROWID;

-- What was typed and not sent. `writer` is the window that has it, or had it when it ended.
CREATE TABLE drafts (
    writer TEXT NOT NULL,
    conversation TEXT REFERENCES conversations(id) ON DELETE CASCADE,   -- NULL: none has begun
    text TEXT NOT NULL,
    waiting TEXT NOT NULL,              -- JSON: questions that were sent and not yet asked
    updated TEXT NOT NULL
);
CREATE INDEX drafts_conversation ON drafts(conversation);

-- What a mask that was sent in the place of a text stands for.
CREATE TABLE masks (
    conversation TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
    name TEXT NOT NULL,                 -- as EMAIL_1
    original TEXT NOT NULL,
    PRIMARY KEY (conversation, name)
) WITHOUT ROWID;

-- Tokens of calls as they were counted here, estimated from that, and reported by the provider.
CREATE TABLE token_observations (
    number INTEGER PRIMARY KEY,
    model TEXT NOT NULL,
    encoding TEXT NOT NULL,             -- the vocabulary that counted
    side TEXT NOT NULL,                 -- prompt or output
    counted INTEGER NOT NULL,
    estimated INTEGER NOT NULL,
    reported INTEGER NOT NULL
);
CREATE INDEX token_observations_model ON token_observations(model);

-- The models used last.
CREATE TABLE models_used (name TEXT PRIMARY KEY, used TEXT NOT NULL);
CREATE INDEX models_used_used ON models_used(used);
""",
    steps=STEPS,
)
