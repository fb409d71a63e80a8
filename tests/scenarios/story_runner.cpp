// Tells every story of tests/scenarios/*.story on both engines, in the model city and in those of cities/.
#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "scenarios/story.hpp"

using namespace chengge;
using scenarios::City;
using scenarios::Story;

int main(int argc, char** argv) {
    std::vector<std::string> paths(argv + 1, argv + argc);
    if (paths.empty())
        for (const auto& entry : std::filesystem::directory_iterator(CHENGGE_SOURCE "/tests/scenarios"))
            if (entry.path().extension() == ".story") paths.push_back(entry.path().string());
    std::sort(paths.begin(), paths.end());
    std::vector<City> cities{City{}};
    for (const auto& entry : std::filesystem::directory_iterator(CHENGGE_SOURCE "/tests/scenarios/cities"))
        if (entry.is_directory()) cities.push_back(scenarios::load_city(entry.path().string()));
    int passed = 0, failed = 0;
    for (const auto& city : cities)
        for (const auto engine : {storage::Engine::sqlite, storage::Engine::postgres}) {
            const auto name = std::string(engine == storage::Engine::sqlite ? "sqlite" : "postgres") + (city.name.empty() ? "" : " " + city.name);
            int of_engine = 0;
            for (const auto& path : paths) {
                const auto failures = Story(path, engine, city).run();
                ++of_engine;
                (failures.empty() ? passed : failed)++;
                std::printf("%-16s %-50s %s\n", name.c_str(), std::filesystem::path(path).stem().c_str(), failures.empty() ? "came true" : "FAILED");
                for (const auto& failure : failures) std::printf("         %s: %s\n", path.c_str(), failure.c_str());
            }
            std::printf("%s: %d stories\n", name.c_str(), of_engine);
        }
    std::printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 && passed > 0 ? 0 : 1;
}
