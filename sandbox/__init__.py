"""Stand-ins for the outside world: Magento installations and stock feeds that tell the truth.

One seed and one number of orders give the same data every time. The pipeline never imports this package: it meets it
over HTTP only, as it meets a shop.

    shops  catalog  people  stock  orders     what there is and what happens to it, drawn from the seed
    documents  feeds                          how Magento and the feeds write it down
    truth                                     what a perfect pipeline would end with
    tables  search  auth  faults  server      the server, with a clock of its own
"""
