"""Stories about what shoppers see: themes, pages, pictures, speed."""

from __future__ import annotations

from example_app.stories.telling import Story, again, ask, confirm, note, reply, solve

STORIES = (
    Story(
        key="header-overlaps-menu",
        category="Storefront",
        subjects=("Header overlaps the menu since the theme update", "Menu hidden behind the header on {site}"),
        opening="It started right after I pressed Update theme. On {site} the header now sits on top of the menu, so "
        "the first two entries cannot be clicked. On my phone it is fine, on the laptop it is not.",
        turns=(
            note(
                "Only when the announcement bar is on: the new theme gives it a fixed height of 40 px, theirs is two "
                "lines. Same as the report from last week."
            ),
            reply(
                "Thank you for saying when it began, that saved us a search. The new theme expects the announcement "
                "bar to be one line high and yours has two. Could you shorten the text under *Theme, Announcement* "
                "for the moment? We are mending the theme meanwhile."
            ),
            ask(
                "Shortened it and the menu is back. But I would like to have my two lines again, the sale dates do "
                "not fit otherwise."
            ),
            solve(
                "The theme is mended: press *Update theme* once more on {site} and put your two lines back. The bar "
                "now pushes the header down instead of lying under it."
            ),
            confirm("Works with both lines. That was quick, thank you."),
        ),
        tags=("theme",),
    ),
    Story(
        key="photos-blurred",
        category="Storefront",
        subjects=("Photos of {product} are blurred", "Product pictures look washed out and soft"),
        opening="I replaced the photos of the {product} with new ones, 3000 pixels wide, straight from the studio. In "
        "the shop they look blurred, the old ones did not. The files on my computer are sharp.",
        turns=(
            reply(
                "Could you send us one of the originals? And which width does the picture have in the shop when you "
                "open it in a tab of its own?"
            ),
            ask(
                "It says 480 wide in the tab. I have attached nothing because the files are 12 MB each, but they are "
                "CMYK TIFFs saved as JPEG, does that matter?"
            ),
            note(
                "CMYK it is: the resizer falls back to the preview inside the file, which is 480 wide. Told the "
                "media people, they will refuse CMYK with a sentence instead."
            ),
            solve(
                "It does matter, and you found it. Pictures for print (CMYK) are shown from their small preview. "
                "Export them as sRGB JPEG and upload again; I tried it with one of yours and it is sharp."
            ),
            confirm("Exported all 14 as sRGB, they look perfect now."),
        ),
        tags=("images",),
    ),
    Story(
        key="cart-button-does-nothing",
        category="Storefront",
        subjects=("Cart button does nothing", "Add to cart is dead on {product}"),
        opening="On the page of the {product} nothing happens when I press “Add to cart”. No message, no cart. Other "
        "products work. Two shoppers have already written to us about it.",
        turns=(
            note(
                "Console says `variant is undefined`. The product has options (colour) but every variant was deleted "
                "in the import at 06:10."
            ),
            solve(
                "The {product} has a colour option but lost its variants in this morning's import, so there was "
                "nothing to put in the cart. I restored the variants from yesterday and the button works again. "
                "Before the next import, keep the column `variant_id`; without it the old variants are dropped."
            ),
            again("It works, but now the black one is gone! Shoppers can only choose natural and olive."),
            reply(
                "Sorry, the black one had been added after the copy I restored from. I have made it again with the "
                "price of the others; could you look whether the stock of 24 is right?"
            ),
            ask("Stock was 31, I have changed it. All three colours are there."),
            solve("Good. I have also asked the people who make the import to warn before variants are dropped."),
            confirm("Perfect, closing this from our side."),
        ),
        priority="high",
        tags=("cart", "import"),
    ),
    Story(
        key="slow-front-page",
        category="Storefront",
        subjects=("{site} takes eight seconds to open", "Front page very slow since the weekend"),
        opening="Since the weekend the front page of {site} takes about eight seconds. A page of a product opens at "
        "once. We did add a video on top on Saturday, could that be it?",
        turns=(
            reply(
                "It could. The film at the top is 94 MB and starts at once, before anything else is shown. Do you "
                "have a shorter cut, say ten seconds without sound?"
            ),
            ask("Our agency made a 6 MB one. Where do I say that a picture shall be shown first?"),
            solve(
                "Under *Theme, Front page, Film*, field *First picture*. I put your new film in as a draft with the "
                "third second as its picture: the page is there after 1.1 seconds. Publish it if you like it."
            ),
            confirm("Published. What a difference."),
        ),
        tags=("speed",),
    ),
    Story(
        key="search-misses-product",
        category="Storefront",
        subjects=("Search does not find {product}", "Shop search returns nothing for our best seller"),
        opening="When I type “{product}” in the search box of {site} there is no result. It is published and in stock "
        "and I can open it from the menu.",
        turns=(
            note(
                "Missing from the search index, last indexed 9 days ago. Its description has a null byte in it, the "
                "indexer skips the row without a word."
            ),
            solve(
                "There was an invisible character in its description, pasted from another program, and the search "
                "left the product out because of it. I took the character away; the {product} is found again. It "
                "should not have been left out silently, that is being mended."
            ),
            confirm("Found it. Thanks for the explanation."),
        ),
        tags=("search",),
    ),
    Story(
        key="second-site",
        category="Storefront",
        subjects=("How do I add a second site?", "Second shop under the same account?"),
        opening="We would like to open a second shop for wholesale, with its own address but the same products. Is "
        "that one account or two? And can prices differ?",
        turns=(
            reply(
                "One account is enough. *Sites, Add site* makes a shop of its own; under *Products, Shared* you "
                "choose which products it shows, and every product may have a price for each site. Would the "
                "wholesale shop need a password for visitors?"
            ),
            ask("Yes, only traders should see it. Do we need a bigger plan for that?", by="colleague"),
            solve(
                "No: visitors with passwords are in every plan that has more than one site. The page *Sites with a "
                "door* in the handbook walks you through it in about ten minutes."
            ),
        ),
        priority="low",
        tags=("how-to",),
        plans=("Growth", "Enterprise"),
    ),
    Story(
        key="translated-pages",
        category="Storefront",
        subjects=("French pages show English buttons", "Half of the French shop is in English"),
        opening="On the French side of {site} the product texts are French, but the buttons say “Add to cart” and "
        "“Check out”. They were French until last week.",
        turns=(
            reply(
                "The theme brings the words of its buttons along, and the version from last week came without the "
                "French file. Can you press *Update theme* and tell me whether the number then ends in .3?"
            ),
            ask("It says it is up to date, and still English."),
            note("Their copy is edited, so it does not take updates by itself. Needs the file merged by hand."),
            solve(
                "Your theme was changed by hand, which is why the button did nothing. I added the French words to "
                "your copy and left your changes alone. Please look at the check-out page too, there are 41 new "
                "sentences."
            ),
            confirm("All French again. I corrected two of the sentences, they were a bit stiff."),
        ),
        tags=("theme", "languages"),
    ),
    Story(
        key="newsletter-popup",
        category="Storefront",
        subjects=("Newsletter window cannot be closed on phones", "Pop-up covers the whole shop on iPhone"),
        opening="On an iPhone the newsletter window fills the whole screen and the cross is outside of it. People "
        "cannot see the shop at all! Please hurry, our campaign is running since this morning.",
        turns=(
            reply(
                "I switched the window off for phones a minute ago so that your shoppers get in. On computers it is "
                "still shown. We are looking for the cause."
            ),
            note("`100vh` on Safari again. Fixed in the theme's main line, goes out this afternoon."),
            ask("Thank you!! Sales are coming in again. Let me know when I can switch it on."),
            solve(
                "You can switch it on again: press *Update theme* first. The window now takes at most two thirds of "
                "the screen and the cross stays in sight."
            ),
        ),
        priority="urgent",
        tags=("theme", "phone"),
    ),
    Story(
        key="broken-links-import",
        category="Storefront",
        subjects=("Old links lead to “not found”", "404 for all pages of our former shop"),
        opening="We moved to you three weeks ago and Google still leads people to our old addresses like "
        "`/shop/p/123`. They all end in “not found”. Is there a way to forward them in one go? There are about 600.",
        turns=(
            reply(
                "There is: *Site, Forwarding, Import* takes a table with two columns, the old path and the new one. "
                "If you send me the export of your former shop I can prepare it for you."
            ),
            ask("Attached as CSV. The names of the products are the same, only the numbers are gone."),
            note("604 rows, 571 match by name. 33 left over, most are products they no longer sell."),
            solve(
                "571 of the 604 old addresses are forwarded now. The other 33 belong to products that I do not find "
                "in {site}; they lead to the search with the old name filled in. The list is at the bottom of the "
                "forwarding page."
            ),
            confirm("I checked twenty by hand and all were right."),
        ),
        tags=("import", "seo"),
    ),
    Story(
        key="fonts-changed",
        category="Storefront",
        subjects=("Our font is gone", "Headings suddenly in another typeface"),
        opening="Since this morning all headings of {site} are set in something like Times. Our own typeface is "
        "uploaded under Theme, Fonts, and shown there correctly.",
        turns=(
            note("Font file answers 403 from the edge. Their licence file expired yesterday, we check the date in it."),
            reply(
                "The licence you uploaded with the typeface ended yesterday, and we stop serving it then. If you "
                "have renewed it, please upload the new file under *Theme, Fonts, Licence*."
            ),
            ask("I did not even know that it ends. Renewed and uploaded, still Times."),
            solve(
                "It takes up to ten minutes to arrive everywhere. I see your own typeface now; if you do not, please "
                "reload once with the Shift key held down."
            ),
            again("It was good for a day, and this morning it is Times again?"),
            solve(
                "My mistake: the licence names `www.{site}` only and yesterday's answer was still in the cache. I "
                "entered the name without www beside it, which your licence allows. It will stay."
            ),
            confirm("Stable for two days now."),
        ),
        tags=("theme", "fonts"),
    ),
)
