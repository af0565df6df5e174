package index

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed stopwords.txt
var stopWordLists string

// stopWords are the words of each language that has a list.
var stopWords = sync.OnceValue(func() map[string]map[string]bool {
	all := map[string]map[string]bool{}
	for line := range strings.Lines(stopWordLists) {
		language, words, ok := strings.Cut(line, ":")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		all[language] = map[string]bool{}
		for _, w := range strings.Fields(words) {
			all[language][w] = true
		}
	}
	return all
})

// isStopWord says whether a word, as it is after a change of case, says nothing in a language.
// Source: Cassandra 5.0, StopWordFactory.
func isStopWord(language, word string) bool { return stopWords()[language][word] }
