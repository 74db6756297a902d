#include "services/notes.hpp"

#include "services/mongo.hpp"

namespace services {

namespace {

std::string text_of(const bson_iter_t& at) {
  std::uint32_t size = 0;
  const char* const text = bson_iter_utf8(&at, &size);
  return {text, size};
}

std::vector<std::string> texts_of(const bson_iter_t& list) {
  std::vector<std::string> texts;
  bson_iter_t at;
  if (!BSON_ITER_HOLDS_ARRAY(&list) || !bson_iter_recurse(&list, &at)) return texts;
  while (bson_iter_next(&at)) {
    if (BSON_ITER_HOLDS_UTF8(&at)) texts.push_back(text_of(at));
  }
  return texts;
}

std::string text_of(const bson_oid_t& oid) {
  char digits[25];
  bson_oid_to_string(&oid, digits);
  return digits;
}

Note note_of(const bson_t& document) {
  Note note;
  bson_iter_t at;
  if (bson_iter_init_find(&at, &document, "_id") && BSON_ITER_HOLDS_OID(&at)) {
    note.id = text_of(*bson_iter_oid(&at));
  }
  if (bson_iter_init_find(&at, &document, "title") && BSON_ITER_HOLDS_UTF8(&at)) {
    note.title = text_of(at);
  }
  if (bson_iter_init_find(&at, &document, "tags")) note.tags = texts_of(at);
  return note;
}

/// Appends a value. A client's input becomes a string in the document, never a query operator.
void append_text(bson_t& document, const char* name, const std::string& text) {
  bson_append_utf8(&document, name, -1, text.data(), static_cast<int>(text.size()));
}

std::vector<Note> find(const bson_t& filter, const bson_t& options) {
  const Mongo mongo;
  const Collection collection = mongo.collection("notes");
  const Cursor cursor(
      mongoc_collection_find_with_opts(collection.get(), &filter, &options, nullptr));
  std::vector<Note> found;
  const bson_t* document = nullptr;
  while (mongoc_cursor_next(cursor.get(), &document)) found.push_back(note_of(*document));
  bson_error_t error;
  if (mongoc_cursor_error(cursor.get(), &error)) fail(error);
  return found;
}

void write(bson_t& document, const Note& note, const bson_oid_t& id) {
  bson_append_oid(&document, "_id", -1, &id);
  append_text(document, "title", note.title);
  bson_t tags;
  bson_append_array_begin(&document, "tags", -1, &tags);
  for (std::size_t i = 0; i < note.tags.size(); ++i) {
    append_text(tags, std::to_string(i).c_str(), note.tags[i]);
  }
  bson_append_array_end(&document, &tags);
}

/// The data of a transaction, which libmongoc repeats if it conflicts with another one.
struct Addition {
  const Mongo& mongo;
  const Note& note;
  const bson_t& document;
};

bool add(mongoc_client_session_t* session, void* given, bson_t** reply, bson_error_t* error) {
  const auto& addition = *static_cast<const Addition*>(given);
  const Bson options(bson_new());
  if (!mongoc_client_session_append(session, options.get(), error)) return false;
  *reply = bson_new();
  const Collection notes = addition.mongo.collection("notes");
  if (!mongoc_collection_insert_one(notes.get(), &addition.document, options.get(), nullptr,
                                    error)) {
    return false;
  }
  const Collection tags = addition.mongo.collection("tags");
  bson_append_bool(options.get(), "upsert", -1, true);
  for (const std::string& tag : addition.note.tags) {
    const Bson filter(bson_new());
    append_text(*filter, "_id", tag);
    const Bson change(BCON_NEW("$inc", "{", "notes", BCON_INT64(1), "}"));
    if (!mongoc_collection_update_one(tags.get(), filter.get(), change.get(), options.get(),
                                      nullptr, error)) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::vector<Note> notes(const std::string& tag, int limit) {
  const Bson filter(bson_new());
  if (!tag.empty()) append_text(*filter, "tags", tag);
  const Bson options(BCON_NEW("sort", "{", "_id", BCON_INT32(-1), "}", "limit", BCON_INT64(limit)));
  return find(*filter, *options);
}

std::optional<Note> find_note(const std::string& id) {
  if (!bson_oid_is_valid(id.data(), id.size())) return std::nullopt;
  bson_oid_t oid;
  bson_oid_init_from_string(&oid, id.c_str());
  const Bson filter(bson_new());
  bson_append_oid(filter.get(), "_id", -1, &oid);
  const Bson options(BCON_NEW("limit", BCON_INT64(1)));
  const std::vector<Note> found = find(*filter, *options);
  if (found.empty()) return std::nullopt;
  return found.front();
}

Note add_note(const NoteInput& input) {
  bson_oid_t id;
  bson_oid_init(&id, nullptr);
  const Note note{.id = text_of(id), .title = input.title, .tags = input.tags};
  const Bson document(bson_new());
  write(*document, note, id);
  const Mongo mongo;
  bson_error_t error;
  const MongoSession session(mongoc_client_start_session(mongo.client(), nullptr, &error));
  if (!session) fail(error);
  Addition addition{.mongo = mongo, .note = note, .document = *document};
  if (!mongoc_client_session_with_transaction(session.get(), add, nullptr, &addition, nullptr,
                                              &error)) {
    fail(error);
  }
  return note;
}

}  // namespace services
