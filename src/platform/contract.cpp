// api/openapi.yaml as the JSON that is served.
#include <yaml-cpp/yaml.h>

#include "platform/serve.hpp"

namespace chengge::platform {

namespace {

json::value to_json(const YAML::Node& node) {
    switch (node.Type()) {
    case YAML::NodeType::Sequence: {
        json::array array;
        for (const auto& item : node) array.push_back(to_json(item));
        return array;
    }
    case YAML::NodeType::Map: {
        json::object object;
        for (const auto& member : node) object[member.first.as<std::string>()] = to_json(member.second);
        return object;
    }
    case YAML::NodeType::Scalar: {
        const auto text = node.as<std::string>();
        if (node.Tag() == "!") return json::value(text); // quoted
        bool flag = false;
        if (YAML::convert<bool>::decode(node, flag) && (text == "true" || text == "false")) return flag;
        std::int64_t number = 0;
        if (YAML::convert<std::int64_t>::decode(node, number)) return number;
        return json::value(text);
    }
    default: return nullptr;
    }
}

} // namespace

Result<json::value> load_contract(const std::string& path) {
    try {
        return to_json(YAML::LoadFile(path));
    } catch (const YAML::Exception& error) {
        return fail("bad_data", {{"file", path}, {"line", std::to_string(error.mark.line + 1)}, {"reason", error.msg}});
    }
}

} // namespace chengge::platform
