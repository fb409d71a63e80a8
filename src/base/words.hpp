// A sentence in both languages: what the command line says to the people who run a city.
#pragma once

#include <string>
#include <string_view>

namespace chengge {

enum class Language { zh, en };

struct Words {
    std::string zh, en;
    const std::string& in(Language language) const { return language == Language::zh ? zh : en; }
};

} // namespace chengge
