// The errors of an input: issues, each with the path to the value and a message, in zod's wording
// and format.
#pragma once

#include <boost/describe/class.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace millrace {

/// One segment of a path into an input: a member's name or an item's index.
using PathSegment = std::variant<std::string, std::size_t>;

struct Issue {
  /// From the outermost value inwards; empty for the input as a whole. A name of more than 256
  /// bytes, which must come from the client, is truncated and ends with "…".
  std::vector<PathSegment> path;
  std::string message;
};
BOOST_DESCRIBE_STRUCT(Issue, (), (path, message))

/// The result of a check of a whole struct that fails: the member to show the message at, or "" for
/// the struct itself.
struct FieldError {
  std::string field;
  std::string message = "Invalid input";
};

/// The issues found in an input. A value; not thread-safe.
class ValidationErrors {
 public:
  /// Further issues are dropped, so that the size of a response does not depend on the request's.
  static constexpr std::size_t kMaxIssues = 1000;

  // Defined in the library, so that routes do not compile the code that copies issues.
  ValidationErrors();
  ValidationErrors(const ValidationErrors&);
  ValidationErrors(ValidationErrors&&) noexcept;
  ValidationErrors& operator=(const ValidationErrors&);
  ValidationErrors& operator=(ValidationErrors&&) noexcept;
  ~ValidationErrors();

  void add(std::vector<PathSegment> path, std::string message);
  /// For errors that a handler finds itself, such as a name that is taken. "" for the input as a
  /// whole.
  void add(std::string field, std::string message);

  [[nodiscard]] bool empty() const { return issues_.empty(); }
  /// Whether further issues would be dropped.
  [[nodiscard]] bool full() const { return issues_.size() >= kMaxIssues; }
  /// In the order of the struct's members. Send them with `Response::json(errors.issues())`.
  [[nodiscard]] const std::vector<Issue>& issues() const& { return issues_; }
  [[nodiscard]] std::vector<Issue> issues() && { return std::move(issues_); }

  /// {"formErrors": ["…"], "fieldErrors": {"email": ["…"]}}: the errors of the input as a whole,
  /// and those of a member or of a value below it.
  [[nodiscard]] boost::json::object flatten() const;

 private:
  std::vector<Issue> issues_;
};

}  // namespace millrace
