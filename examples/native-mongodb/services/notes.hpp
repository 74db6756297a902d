// Notes, stored in MongoDB. All functions are safe to call from any thread, and throw Unavailable
// if the database is not available.
#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <millrace/validation.hpp>

namespace services {

struct NoteInput {
  std::string title;
  std::vector<std::string> tags;

  static void rules(millrace::Schema<NoteInput>& of) {
    of[&NoteInput::title].trim().min(1).max(200);
    of[&NoteInput::tags].max(16).defaulted();
  }
};
BOOST_DESCRIBE_STRUCT(NoteInput, (), (title, tags))

struct Note {
  /// 24 hexadecimal digits.
  std::string id;
  std::string title;
  std::vector<std::string> tags;
};
BOOST_DESCRIBE_STRUCT(Note, (), (id, title, tags))

/// Returns the notes with the tag, or all if it is empty, the newest first.
std::vector<Note> notes(const std::string& tag, int limit);

std::optional<Note> find_note(const std::string& id);

/// Adds the note and counts its tags, in one transaction.
Note add_note(const NoteInput& input);

}  // namespace services
