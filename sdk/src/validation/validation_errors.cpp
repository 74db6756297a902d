#include "millrace/validation_errors.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "millrace/response.hpp"

namespace millrace {

namespace {

std::string name_of(const PathSegment& segment) {
  const auto* index = std::get_if<std::size_t>(&segment);
  return index != nullptr ? std::to_string(*index) : std::get<std::string>(segment);
}

boost::json::array& list_at(boost::json::object& object, std::string_view name) {
  auto& value = object[name];
  return value.is_array() ? value.get_array() : value.emplace_array();
}

}  // namespace

ValidationErrors::ValidationErrors() = default;
ValidationErrors::ValidationErrors(const ValidationErrors&) = default;
ValidationErrors::ValidationErrors(ValidationErrors&&) noexcept = default;
ValidationErrors& ValidationErrors::operator=(const ValidationErrors&) = default;
ValidationErrors& ValidationErrors::operator=(ValidationErrors&&) noexcept = default;
ValidationErrors::~ValidationErrors() = default;

void ValidationErrors::add(std::vector<PathSegment> path, std::string message) {
  if (!full()) issues_.push_back({std::move(path), std::move(message)});
}

void ValidationErrors::add(std::string field, std::string message) {
  std::vector<PathSegment> path;
  if (!field.empty()) path.emplace_back(std::move(field));
  add(std::move(path), std::move(message));
}

boost::json::object ValidationErrors::flatten() const {
  boost::json::array form;
  boost::json::object fields;
  for (const Issue& issue : issues_) {
    auto& list = issue.path.empty() ? form : list_at(fields, name_of(issue.path.front()));
    list.emplace_back(issue.message);
  }
  boost::json::object flat;
  flat["formErrors"] = std::move(form);
  flat["fieldErrors"] = std::move(fields);
  return flat;
}

Response Response::invalid(const ValidationErrors& errors, int status) {
  return Response::json(errors.flatten(), status);
}

}  // namespace millrace
