#include "gateway/request_body.hpp"

namespace millrace::gateway {

void RequestBody::begin(Reader reader, bool expected) {
  reader_ = reader;
  if (copy_) copy_->rewind();
  phase_ = expected && (copy_ || complete_) ? Phase::replaying : Phase::arriving;
}

RequestBody::Copied RequestBody::copy(std::string_view bytes, bool end, std::size_t limit,
                                      const std::shared_ptr<base::MemoryBudget>& budget) {
  if (!copy_) copy_ = std::make_unique<ReplayBuffer>(budget);
  if (copy_->size() + bytes.size() > limit) return Copied::too_long;
  if (!copy_->append(bytes)) return Copied::no_room;
  complete_ = complete_ || end;
  return Copied::yes;
}

void RequestBody::drop_copy() {
  reader_ = Reader::last;
  copy_.reset();
}

bool RequestBody::pump(ResponseSource& source) {
  if (phase_ == Phase::arriving) return true;
  for (bool end = false; !end;) {
    const std::string_view piece = copy_ ? copy_->next(source.body_room()) : std::string_view();
    if (copy_) copy_->advance(piece.size());
    end = complete_ && (!copy_ || copy_->left() == 0);
    if (piece.empty() && !end) break;
    source.send_body(piece, end);
  }
  if (copy_ && copy_->left() > 0) return false;
  phase_ = Phase::arriving;
  // While the middleware reads, a later source may need the copy.
  if (reader_ == Reader::last) copy_.reset();
  return !complete_;
}

}  // namespace millrace::gateway
