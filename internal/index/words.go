package index

import (
	"iter"
	"unicode"
	"unicode/utf8"
)

// wordUnitsMax is the longest word that is taken, in units of UTF-16; a longer one is passed over.
const wordUnitsMax = 255

// words are the words of a text: by the rules for word boundaries of Unicode (UAX #29), without what is between words. Han and Hiragana
// characters are each a word, and a run of letters of scripts that have no marks between words (Thai, Lao, Khmer, Burmese) is one.
// Source: Cassandra 5.0, StandardTokenizerImpl, whose grammar is that of Lucene's tokenizer.
func words(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for len(text) > 0 {
			n := wordLength(text)
			if n == 0 {
				_, n = utf8.DecodeRuneInString(text)
			} else if unitsOf(text[:n]) <= wordUnitsMax && !yield(text[:n]) {
				return
			}
			text = text[n:]
		}
	}
}

// unitsOf is a text's length in UTF-16.
func unitsOf(text string) (n int) {
	for _, r := range text {
		if n++; r > 0xFFFF {
			n++
		}
	}
	return n
}

// wordLength is the length of the word that a text begins with, 0 when it begins with none: the longest that any rule takes.
func wordLength(text string) int {
	n := alphanumeric(text)
	r, size := utf8.DecodeRuneInString(text)
	if unicode.In(r, unicode.Han, unicode.Hiragana) {
		n = max(n, size+marks(text[size:]))
	}
	run := 0
	for _, r := range text {
		if !isComplexContext(r) {
			break
		}
		run += utf8.RuneLen(r)
	}
	return max(n, run)
}

// The places in a word that reading may be at; several at a time, as a set.
const (
	atStart    = 1 << iota // only connectors so far
	inKatakana             // behind Katakana
	inNumber               // behind a digit
	inLetters              // behind a letter
	atHebrew               // behind a Hebrew letter that a quotation mark may follow
	atEnd                  // behind what only something new can follow
	connected              // behind a connector
	midLetters             // between letters
	midNumber              // between digits
	midHebrew              // between Hebrew letters

	complete = inKatakana | inNumber | inLetters | atEnd | connected
)

// alphanumeric is the length of the letters, digits, Katakana and connectors that a text begins with.
func alphanumeric(text string) (length int) {
	states := uint(atStart)
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRuneInString(text[at:])
		if states = step(states, classOf(r)); states == 0 {
			break
		}
		at += size
		at += marks(text[at:])
		if states&complete != 0 {
			length = at
		}
	}
	return length
}

func step(states uint, c wordClass) (next uint) {
	begins := states&(atStart|connected|inNumber|inLetters|atEnd) != 0
	switch c {
	case letter, hebrewLetter:
		if begins || states&midLetters != 0 {
			next |= inLetters
		}
		if c == hebrewLetter && begins {
			next |= atHebrew
		}
		if c == hebrewLetter && states&midHebrew != 0 {
			next |= atEnd
		}
	case digit:
		if begins || states&midNumber != 0 {
			next |= inNumber
		}
	case katakana:
		if states&(atStart|connected|inKatakana) != 0 {
			next |= inKatakana
		}
	case connector:
		if states&atStart != 0 {
			next |= atStart
		}
		if states&complete != 0 {
			next |= connected
		}
	case singleQuote, midNumLet, midLetter, midNum:
		if c != midNum && states&inLetters != 0 {
			next |= midLetters
		}
		if c != midLetter && states&inNumber != 0 {
			next |= midNumber
		}
		if c == singleQuote && states&atHebrew != 0 {
			next |= atEnd
		}
	case doubleQuote:
		if states&atHebrew != 0 {
			next |= midHebrew
		}
	}
	return next
}

// marks is the length of the marks and format characters that a text begins with: they belong to what is before them.
func marks(text string) (n int) {
	for _, r := range text {
		if c := classOf(r); c != extend && c != format {
			break
		}
		n += utf8.RuneLen(r)
	}
	return n
}
