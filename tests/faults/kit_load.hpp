// Clients that report and act over HTTP and write down what they were told; and the judge who
// compares that with what is there.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "faults/kit_city.hpp"

namespace chengge::faults {

// One thing a client did, under an id of its own.
struct Deed {
    enum class Kind { photo, report, step };
    enum class Outcome { unknown, acknowledged, refused };
    Kind kind = Kind::report;
    std::string id;
    std::string case_id;  // of reports and steps
    std::string sm3_hex;  // of photos
    FaultCity::Ask ask;
    Outcome outcome = Outcome::unknown;
    int status = 0;       // of the last answer; 0 when there was none
    std::string answer;
};

struct LoadOptions {
    std::uint64_t seed = 1;
    int clients = 4;
    double photo_chance = 0.5; // of a report
    int deeds_max = 1 << 20; // of each client
};

class Load {
public:
    Load(FaultCity& city, LoadOptions options);
    // Starts the clients; each ends when it gets no answer any more.
    void start();
    // Tells the clients to end and waits for them.
    void stop();
    std::int64_t acknowledged() const { return acknowledged_; }
    // Waits until so many are acknowledged, the server is gone, or the time is up; true for the first.
    bool wait_for(std::int64_t acknowledged, int seconds);
    // One of each by the test itself.
    Deed report(const std::string& who = "collector");
    Deed step(const std::string& case_id);

    // After the clients: sends again what is unknown, with the same ids, until the answer is sure.
    void settle();
    // Compares what was told with what is there. Ends the server; one line a fault.
    std::vector<std::string> judge();
    std::string summary() const;

    std::vector<Deed> deeds;

private:
    struct Client;
    void run(int number);
    void send(Deed& deed);
    void keep(Deed deed);
    std::string new_id(Random& random);
    std::optional<Deed> make_step(const std::string& case_id, Random& random);
    Deed make_photo(const std::string& who, Random& random);
    Deed make_report(const std::string& who, Random& random);
    bool fill_needs(json::object& step, const json::value& seen, const std::string& who, const std::string& action, Random& random);
    std::string some_case(Random& random);
    bool has_unnumbered();

    FaultCity& city_;
    LoadOptions options_;
    std::mutex mutex_; // guards deeds and cases_
    std::vector<std::string> cases_;
    std::atomic<std::int64_t> acknowledged_{0};
    std::atomic<bool> is_stopping_{false};
    std::vector<std::jthread> clients_;
    Random own_random_;
};

} // namespace chengge::faults
