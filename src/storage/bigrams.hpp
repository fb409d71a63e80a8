// Full text in Chinese: texts and questions cut into overlapping pairs of characters (bigrams), the
// same on both engines, because a two-character word must be found.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/database.hpp"

namespace chengge::storage {

// "雨水箅子 A12" → "雨水 水箅 箅子 a12": runs of Han in pairs (a lone one alone), runs of letters and
// digits as lower-case words. Words are written in ASCII so that both engines' tokenizers agree.
std::string to_bigrams(std::string_view text);
// The match expression of a question: every word as a phrase of its pairs, all words required; empty
// when there is nothing to ask for.
std::string to_match(std::string_view question, Engine engine);
// The same question to be looked for in what to_bigrams made of a text, with a space before and behind it: all of these
// stand in it. For texts at hand; the index is for all of them.
std::vector<std::string> to_phrases(std::string_view question);
// Whether the text has every word of the question; for what the index has not reached yet.
bool matches_text(std::string_view question, std::string_view text);

} // namespace chengge::storage
