-- What the 15 migrations before the first release left in chats.db, with a conversation.
CREATE TABLE conversations (
            id TEXT PRIMARY KEY,
            title TEXT NOT NULL,
            created TEXT NOT NULL,
            updated TEXT NOT NULL,
            model TEXT NOT NULL DEFAULT '',
            head TEXT REFERENCES turns(id),
            move INTEGER NOT NULL DEFAULT 0
        );
CREATE INDEX conversations_updated ON conversations(updated);
CREATE TABLE turns (
            id TEXT PRIMARY KEY,
            conversation TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
            parent TEXT REFERENCES turns(id),
            depth INTEGER NOT NULL,
            state TEXT NOT NULL,
            writer TEXT,
            pinned INTEGER NOT NULL DEFAULT 0,
            asked TEXT NOT NULL,
            reasoning TEXT NOT NULL DEFAULT '',
            finish_reason TEXT,
            error TEXT,
            usage TEXT,
            cost TEXT,
            timing TEXT,
            passages TEXT,
            citations TEXT,
            window_start TEXT,
            window_cap INTEGER
        , dangling TEXT, searched TEXT, window_cut INTEGER NOT NULL DEFAULT 0);
CREATE INDEX turns_conversation ON turns(conversation);
CREATE INDEX turns_parent ON turns(parent);
CREATE TABLE messages (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL,
            conversation TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
            turn TEXT NOT NULL REFERENCES turns(id) ON DELETE CASCADE,
            role TEXT NOT NULL,
            name TEXT,
            content TEXT NOT NULL,
            model TEXT NOT NULL DEFAULT '',
            created TEXT NOT NULL,
            UNIQUE (conversation, id)
        );
CREATE INDEX messages_turn ON messages(turn, role);
CREATE INDEX messages_created ON messages(role, created);
CREATE TABLE head_moves (
            conversation TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
            move INTEGER NOT NULL,
            head TEXT REFERENCES turns(id) ON DELETE CASCADE, summary TEXT,
            PRIMARY KEY (conversation, move)
        ) WITHOUT ROWID;
CREATE INDEX head_moves_head ON head_moves(head);
CREATE TABLE ledger (
        number INTEGER PRIMARY KEY,
        conversation TEXT REFERENCES conversations(id) ON DELETE SET NULL,
        turn TEXT REFERENCES turns(id) ON DELETE SET NULL,
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
        outcome TEXT NOT NULL
    , profile TEXT, concise INTEGER NOT NULL DEFAULT 0);
CREATE INDEX ledger_conversation ON ledger(conversation);
CREATE INDEX ledger_turn ON ledger(turn);
CREATE INDEX ledger_started ON ledger(started);
CREATE TABLE models_used (name TEXT PRIMARY KEY, used TEXT NOT NULL);
CREATE INDEX models_used_used ON models_used(used);
CREATE TABLE sent_prompts (
            turn TEXT PRIMARY KEY REFERENCES turns(id) ON DELETE CASCADE,
            model TEXT NOT NULL,
            system TEXT NOT NULL,
            turns INTEGER NOT NULL,
            pinned TEXT NOT NULL
        , summary TEXT NOT NULL DEFAULT '') WITHOUT ROWID;
CREATE TABLE memory_choices (
            conversation TEXT PRIMARY KEY REFERENCES conversations(id) ON DELETE CASCADE,
            cap INTEGER,
            turns INTEGER,
            whole INTEGER,
            too_long TEXT
        , summarise INTEGER, recall INTEGER) WITHOUT ROWID;
CREATE TABLE summaries (
        id TEXT PRIMARY KEY,
        conversation TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
        upto TEXT NOT NULL REFERENCES turns(id) ON DELETE CASCADE,
        text TEXT NOT NULL,
        kind TEXT NOT NULL,
        model TEXT NOT NULL,
        focus TEXT NOT NULL DEFAULT '',
        turns INTEGER NOT NULL,
        created TEXT NOT NULL,
        head TEXT,
        withdrawn INTEGER NOT NULL DEFAULT 0
    );
CREATE INDEX summaries_conversation ON summaries(conversation);
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
CREATE TABLE recalls (
        turn TEXT NOT NULL REFERENCES turns(id) ON DELETE CASCADE,
        place INTEGER NOT NULL,
        recalled TEXT NOT NULL REFERENCES turns(id) ON DELETE CASCADE,
        score REAL NOT NULL,
        PRIMARY KEY (turn, place)
    ) WITHOUT ROWID;
CREATE INDEX recalls_recalled ON recalls(recalled);
CREATE TABLE notes (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        text TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'kept',
        created TEXT NOT NULL,
        updated TEXT NOT NULL,
        conversation TEXT REFERENCES conversations(id) ON DELETE SET NULL
    );
CREATE TRIGGER proposals_go BEFORE DELETE ON conversations BEGIN
        DELETE FROM notes WHERE conversation = old.id AND state = 'proposed';
    END;
CREATE TABLE forgotten_notes (digest TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE note_vectors (
        note INTEGER NOT NULL REFERENCES notes(number) ON DELETE CASCADE,
        fingerprint TEXT NOT NULL,
        vector BLOB NOT NULL,
        PRIMARY KEY (note, fingerprint)
    ) WITHOUT ROWID;
CREATE TABLE note_switch (place INTEGER PRIMARY KEY CHECK (place = 1), is_on INTEGER);
CREATE TABLE conversation_budgets (
        conversation TEXT PRIMARY KEY REFERENCES conversations(id) ON DELETE CASCADE,
        amount TEXT NOT NULL,
        currency TEXT NOT NULL
    ) WITHOUT ROWID;
CREATE TABLE token_observations (
        number INTEGER PRIMARY KEY,
        model TEXT NOT NULL,
        encoding TEXT NOT NULL,
        side TEXT NOT NULL,
        counted INTEGER NOT NULL,
        estimated INTEGER NOT NULL,
        reported INTEGER NOT NULL
    );
CREATE INDEX token_observations_model ON token_observations(model);
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
        concise INTEGER NOT NULL
    ) WITHOUT ROWID;
INSERT INTO conversations (id, title, created, updated, model, head, move) VALUES ('8e2eebb59cf7f4c7', 'The river', '2026-05-01T12:00:00.610027+00:00', '2026-05-01T12:00:00.696867+00:00', 'openai/gpt-5-mini', '7a4c80528186e0ca', 3);
INSERT INTO turns (id, conversation, parent, depth, state, writer, pinned, asked, reasoning, finish_reason, error, usage, cost, timing, passages, citations, window_start, window_cap, dangling, searched, window_cut) VALUES ('c679eb48cdc085ed', '8e2eebb59cf7f4c7', NULL, 1, 'complete', NULL, 0, '2026-05-01T12:00:00.619255+00:00', 'Thinking.', 'stop', NULL, '{"input": 100, "cache_read": 0, "cache_write": 0, "output": 20, "reasoning": 5, "estimated": false}', '{"amount": "0.0012", "currency": "USD", "price_source": "genai-prices", "estimated": false}', NULL, '[{"rank": 1, "score": 0.5, "source": "notes.md", "path": "/notes.md", "title": "Notes", "heading": "", "page": null, "char_start": 0, "char_end": 15, "line_start": 1, "line_end": 1, "text": "The river rose.", "collection": "default", "chunk_id": "ab", "ranks": {"dense": 1, "lexical": 1}, "similarity": 0.5}]', '[[1, 0, {"marked": true, "added": [], "support": []}]]', 'c679eb48cdc085ed', 4000, '[3]', 'river height', 7);
INSERT INTO turns (id, conversation, parent, depth, state, writer, pinned, asked, reasoning, finish_reason, error, usage, cost, timing, passages, citations, window_start, window_cap, dangling, searched, window_cut) VALUES ('7a4c80528186e0ca', '8e2eebb59cf7f4c7', 'c679eb48cdc085ed', 2, 'complete', NULL, 1, '2026-05-01T12:00:00.684851+00:00', '', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0);
INSERT INTO messages (number, id, conversation, turn, role, name, content, model, created) VALUES (1, '3b7f57b157727ca1', '8e2eebb59cf7f4c7', 'c679eb48cdc085ed', 'user', NULL, 'How high did the river rise?', '', '2026-05-01T12:00:00.619255+00:00');
INSERT INTO messages (number, id, conversation, turn, role, name, content, model, created) VALUES (2, 'd4c68653697ba238', '8e2eebb59cf7f4c7', 'c679eb48cdc085ed', 'assistant', NULL, 'By two feet [1].', 'openai/gpt-5-mini', '2026-05-01T12:00:00.653352+00:00');
INSERT INTO messages (number, id, conversation, turn, role, name, content, model, created) VALUES (3, 'bae443d3443327ba', '8e2eebb59cf7f4c7', '7a4c80528186e0ca', 'user', NULL, 'And the lake?', '', '2026-05-01T12:00:00.684851+00:00');
INSERT INTO messages (number, id, conversation, turn, role, name, content, model, created) VALUES (4, '76bb02b25eba5913', '8e2eebb59cf7f4c7', '7a4c80528186e0ca', 'assistant', NULL, 'It stayed.', 'm', '2026-05-01T12:00:00.696867+00:00');
INSERT INTO head_moves (conversation, move, head, summary) VALUES ('8e2eebb59cf7f4c7', 0, NULL, NULL);
INSERT INTO head_moves (conversation, move, head, summary) VALUES ('8e2eebb59cf7f4c7', 1, 'c679eb48cdc085ed', NULL);
INSERT INTO head_moves (conversation, move, head, summary) VALUES ('8e2eebb59cf7f4c7', 2, '7a4c80528186e0ca', NULL);
INSERT INTO head_moves (conversation, move, head, summary) VALUES ('8e2eebb59cf7f4c7', 3, '7a4c80528186e0ca', 'a2cf170d4303457fa1f25f20d0fbd07a');
INSERT INTO ledger (number, conversation, turn, kind, model, started, input, cache_read, cache_write, output, reasoning, usage_estimated, raw_usage, amount, currency, price_source, cost_estimated, price, ttft, seconds, outcome, profile, concise) VALUES (1, '8e2eebb59cf7f4c7', 'c679eb48cdc085ed', 'reply', 'openai/gpt-5-mini', '2026-05-01T12:00:00.000000+00:00', 100, 0, 0, 20, 5, 0, '{"input": 100}', '0.0012', 'USD', 'genai-prices', 0, '{"input_mtok": "0.25"}', 0.5, 1.5, 'complete', 'writer', 1);
INSERT INTO ledger (number, conversation, turn, kind, model, started, input, cache_read, cache_write, output, reasoning, usage_estimated, raw_usage, amount, currency, price_source, cost_estimated, price, ttft, seconds, outcome, profile, concise) VALUES (2, NULL, NULL, 'embedding', 'openai/e', '2026-05-01T12:00:00.000000+00:00', 0, 0, 0, 0, 0, 0, NULL, NULL, 'USD', 'unknown', 0, NULL, NULL, 0.0, 'complete', NULL, 0);
INSERT INTO models_used (name, used) VALUES ('openai/gpt-5-mini', '2026-05-01T12:00:00.788471+00:00');
INSERT INTO sent_prompts (turn, model, system, turns, pinned, summary) VALUES ('c679eb48cdc085ed', 'openai/gpt-5-mini', 'f00d', 10, '', '');
INSERT INTO memory_choices (conversation, cap, turns, whole, too_long, summarise, recall) VALUES ('8e2eebb59cf7f4c7', 4000, NULL, 0, NULL, 0, 1);
INSERT INTO summaries (id, conversation, upto, text, kind, model, focus, turns, created, head, withdrawn) VALUES ('a2cf170d4303457fa1f25f20d0fbd07a', '8e2eebb59cf7f4c7', 'c679eb48cdc085ed', 'The river rose by two feet.', 'compact', 'm', 'levels', 1, '2026-05-01T12:00:00.000000+00:00', '7a4c80528186e0ca', 0);
INSERT INTO recalls (turn, place, recalled, score) VALUES ('7a4c80528186e0ca', 0, 'c679eb48cdc085ed', 0.75);
INSERT INTO notes (number, text, state, created, updated, conversation) VALUES (1, 'I live by the river.', 'kept', '2026-05-01T12:00:00.760673+00:00', '2026-05-01T12:00:00.760673+00:00', NULL);
INSERT INTO notes (number, text, state, created, updated, conversation) VALUES (2, 'I like lakes.', 'proposed', '2026-05-01T12:00:00.765309+00:00', '2026-05-01T12:00:00.765309+00:00', '8e2eebb59cf7f4c7');
INSERT INTO forgotten_notes (digest) VALUES ('65667afa1a9670d13bd7725360aa54cf4055b154ac8a544758e8a272aa7eba92');
INSERT INTO conversation_budgets (conversation, amount, currency) VALUES ('8e2eebb59cf7f4c7', '1.50', 'USD');
INSERT INTO token_observations (number, model, encoding, side, counted, estimated, reported) VALUES (1, 'm', 'o200k', 'prompt', 100, 110, 120);
PRAGMA user_version = 15;
