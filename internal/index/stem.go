package index

import (
	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/danish"
	"github.com/blevesearch/snowballstem/dutch"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/finnish"
	"github.com/blevesearch/snowballstem/french"
	"github.com/blevesearch/snowballstem/german"
	"github.com/blevesearch/snowballstem/hungarian"
	"github.com/blevesearch/snowballstem/italian"
	"github.com/blevesearch/snowballstem/norwegian"
	"github.com/blevesearch/snowballstem/portuguese"
	"github.com/blevesearch/snowballstem/romanian"
	"github.com/blevesearch/snowballstem/russian"
	"github.com/blevesearch/snowballstem/spanish"
	"github.com/blevesearch/snowballstem/swedish"
	"github.com/blevesearch/snowballstem/turkish"
)

// stemmers are those of a language. Finnish has the name that Cassandra gives it.
// Source: Cassandra 5.0, StemmerFactory.
var stemmers = map[string]func(*snowballstem.Env) bool{
	"de": german.Stem, "da": danish.Stem, "es": spanish.Stem, "en": english.Stem, "fl": finnish.Stem, "fr": french.Stem, "hu": hungarian.Stem, "it": italian.Stem,
	"nl": dutch.Stem, "no": norwegian.Stem, "pt": portuguese.Stem, "ro": romanian.Stem, "ru": russian.Stem, "sv": swedish.Stem, "tr": turkish.Stem,
}

// stem is a word's stem, the word itself in a language without a stemmer.
func stem(language, word string) string {
	f := stemmers[language]
	if f == nil {
		return word
	}
	env := snowballstem.NewEnv(word)
	if !f(env) {
		return word
	}
	return env.Current()
}
