// Finds the sentences that answer a query best, word by word, and says which word answered which.
//
//   late_interaction MODEL QUERY [colbert]
//
// MODEL is any text encoder; with one that was trained for it (say "colbert"), the order is much better.
#include <cstdio>
#include <numeric>
#include <string_view>
#include <vector>

#include "glyxel.hpp"

static const std::vector<std::string_view> sentences{
    "The ferry to the island leaves at half past seven.",
    "A good pancake batter should rest for half an hour.",
    "The central bank raised interest rates again on Thursday.",
    "Our cat sleeps on the warm lid of the laundry basket.",
    "Mortgages have become more expensive this year.",
    "The last train back leaves the coast shortly before midnight.",
};

// The part of a text that a token came from; empty for a special token.
static std::string_view word(const glyxel::Token &token, std::string_view text) {
    return text.substr(token.begin, token.end - token.begin);
}

// The word of a sentence that is nearest to each of the query's.
static void explain(const glyxel::Tokens::Item &query, std::string_view asked, const glyxel::Tokens::Item &document, std::string_view sentence) {
    for (const glyxel::Token &token : query) {
        const std::string_view said = word(token, asked);
        if (said.empty())
            continue;
        float nearest = -2;
        std::string_view answer;
        for (const glyxel::Token &other : document) {
            const float cosine = std::inner_product(token.vector.begin(), token.vector.end(), other.vector.begin(), 0.0f);
            if (cosine > nearest)
                nearest = cosine, answer = word(other, sentence);
        }
        if (answer.empty())
            answer = "the sentence as a whole";
        std::printf("    %.*s - %.*s (%.2f)\n", static_cast<int>(said.size()), said.data(), static_cast<int>(answer.size()), answer.data(), nearest);
    }
}

int main(int argc, char **argv) try {
    const bool colbert = argc == 4 && std::string_view(argv[3]) == "colbert";
    if (argc != 3 && !colbert) {
        std::fprintf(stderr, "usage: late_interaction MODEL QUERY [colbert]\n");
        return 2;
    }
    const glyxel::Model model = glyxel::Model::load(argv[1]);
    const std::string_view asked = argv[2];
    // >>> late_interaction
    glyxel::TokenOptions options;
    options.normalize = glyxel::Normalize::yes;
    options.role = colbert ? glyxel::Role::document : glyxel::Role::text;
    const glyxel::Tokens documents = model.embed_tokens(sentences, options);
    options.role = colbert ? glyxel::Role::query : glyxel::Role::text;
    const glyxel::Tokens query = model.embed_tokens({asked}, options);
    const glyxel::Neighbours best = glyxel::max_sim(query, documents, query.dim(), 3);
    for (std::size_t i = 0; i < 3; i++)
        std::printf("%.3f  %s\n", best.score[i], sentences[best.index[i]].data());
    // <<<
    explain(query[0], asked, documents[best.index[0]], sentences[best.index[0]]);
} catch (const glyxel::Error &error) {
    std::fprintf(stderr, "status %d: %s\n", static_cast<int>(error.status()), error.message());
    return 1;
}
