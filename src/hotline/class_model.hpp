// The class of a problem from a caller's words, learnt from the city's own closed cases (fastText). A file in
// the city's data folder, made by `chengge train`; without one there are no suggestions.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace chengge::hotline {

struct TrainingText {
    std::string words, kind, class_code;
    int times = 1; // how often it was said
};
struct ClassGuess {
    std::string kind, class_code;
    double confidence = 0; // 0 … 1
};

class ClassModel {
public:
    // Nothing when the file is not there; refusal model_unreadable when it is none of ours.
    static Result<std::shared_ptr<const ClassModel>> load(const std::string& path);
    // Learns and writes the file in one move. The same texts give the same file. Refusal training_too_small
    // below two classes.
    static Result<void> train(const std::vector<TrainingText>& texts, const std::string& path);
    // The likeliest first; of one kind only when it is given.
    std::vector<ClassGuess> guess(std::string_view words, std::size_t count, std::string_view kind = "") const;
    ~ClassModel();

    struct State;

private:
    explicit ClassModel(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

} // namespace chengge::hotline
